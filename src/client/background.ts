import { v4 } from 'uuid'
import { browserBeacon } from '../delivery/beacon.ts'
import { Delivery } from '../delivery/delivery.ts'
import type { DeliverySettings } from '../delivery/options.ts'
import { KEY_PARAMETER, PATHS } from '../protocol/fields.ts'
import type { HTTP } from '../transport/http.ts'
import { backgroundClock } from '../transport/system-clock.ts'
import { TRANSPORT_URL } from '../transport/transport.ts'
import type { ResolvedOptions } from './options.ts'

export const putPath = (key: string) => `${PATHS.put}?${KEY_PARAMETER}=${key}`

/** Starts to deliver what non-blocking puts take. */
export function startDelivery(
  settings: DeliverySettings,
  { url, timeout }: ResolvedOptions,
  http: HTTP,
): Delivery {
  const { beacon = url === TRANSPORT_URL ? undefined : browserBeacon } = settings
  return new Delivery({
    ...settings,
    timeout,
    clock: backgroundClock,
    makeKey: v4,
    open: (key, body, signal) => http.open({ path: putPath(key), body, signal, timeout }),
    beacon: (key, body) => beacon?.(http.bareURL(putPath(key)), body) ?? false,
    keepAlive: (key, body) => {
      // Nobody is left to wait for the answer.
      http.open({ path: putPath(key), body, timeout, keepalive: true }).catch(() => {})
      return true
    },
  })
}
