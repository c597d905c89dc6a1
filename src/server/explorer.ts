/**
 * Answers the explorer. It holds no data: what it shows it asks for, with the token that its reader gives it, so
 * it wants none itself.
 */
export async function explorer(): Promise<Response> {
  // Imported when it is wanted, so that servers without it carry no page.
  const { page } = await import('../explorer/page.ts')
  return new Response(page.html, {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': page.policy,
      'cache-control': 'no-cache',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
  })
}
