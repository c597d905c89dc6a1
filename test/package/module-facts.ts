import ts from 'typescript'

/** One module that a file mentions. */
export interface Import {
  specifier: string
  /** Whether only its types are used: nothing of it is there at run time. */
  typesOnly: boolean
}

/** What a source file mentions that walls are about. */
export interface ModuleFacts {
  imports: Import[]
  /** The globals of a page that it names. */
  pageGlobals: string[]
}

const PAGE_GLOBALS = ['window', 'document', 'navigator']
const GLOBAL_OBJECTS = ['globalThis', 'self', 'window']

/** Reads a source with TypeScript's own parser, so that comments and strings mislead nobody. */
export function readModule(path: string, source: string): ModuleFacts {
  const imports: Import[] = []
  const pageGlobals = new Set<string>()
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.ES2022, true)
  const visit = (node: ts.Node): void => {
    const found = readImport(node)
    if (found) imports.push(found)
    if (ts.isIdentifier(node) && PAGE_GLOBALS.includes(node.text) && !isName(node)) pageGlobals.add(node.text)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return { imports, pageGlobals: [...pageGlobals] }
}

function readImport(node: ts.Node): Import | undefined {
  if (ts.isImportDeclaration(node)) {
    return fact(node.moduleSpecifier, importsTypes(node.importClause))
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
    const { exportClause } = node
    const each = exportClause && ts.isNamedExports(exportClause) ? exportClause.elements : []
    return fact(
      node.moduleSpecifier,
      node.isTypeOnly || (each.length > 0 && each.every((one) => one.isTypeOnly)),
    )
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return fact(node.argument.literal, true)
  }
  // `import()`, `require()`, `process.getBuiltinModule()`: whoever calls with a module's name means the module.
  if (ts.isCallExpression(node) && node.arguments[0] && ts.isStringLiteralLike(node.arguments[0])) {
    const { expression } = node
    const called = ts.isPropertyAccessExpression(expression) ? expression.name.text : expression.getText()
    const loads = ['import', 'require', 'resolve', 'getBuiltinModule'].includes(called)
    if (loads || node.arguments[0].text.startsWith('node:')) return fact(node.arguments[0], false)
  }
  return undefined
}

function importsTypes(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false
  if (clause.isTypeOnly) return true
  const { name, namedBindings } = clause
  if (name || !namedBindings || !ts.isNamedImports(namedBindings)) return false
  return namedBindings.elements.length > 0 && namedBindings.elements.every((one) => one.isTypeOnly)
}

function fact(specifier: ts.Node, typesOnly: boolean): Import | undefined {
  return ts.isStringLiteralLike(specifier) ? { specifier: specifier.text, typesOnly } : undefined
}

/** Whether an identifier only names a member, of something else than the global object. */
function isName(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) {
    return !GLOBAL_OBJECTS.includes(parent.expression.getText())
  }
  return (
    (ts.isPropertyAssignment(parent) ||
      ts.isPropertySignature(parent) ||
      ts.isPropertyDeclaration(parent) ||
      ts.isMethodDeclaration(parent) ||
      ts.isMethodSignature(parent)) &&
    parent.name === node
  )
}
