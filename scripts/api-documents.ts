import { Application } from 'typedoc'
import type { PluginOptions } from 'typedoc-plugin-markdown'
import { listEntries } from './api-reports.ts'

/** Makes pages of the docstrings: one for each entry. */
export async function writeDocuments(folder: string): Promise<void> {
  const options: Partial<PluginOptions> = {
    hidePageHeader: true,
    hideBreadcrumbs: true,
    useCodeBlocks: true,
    parametersFormat: 'table',
    propertiesFormat: 'table',
    interfacePropertiesFormat: 'table',
    entryFileName: 'README.md',
    // One page for each entry, not one for each name.
    outputFileStrategy: 'modules',
  }
  const app = await Application.bootstrapWithPlugins({
    ...options,
    plugin: ['typedoc-plugin-markdown'],
    name: 'kronos-js',
    readme: 'none',
    entryPoints: listEntries().map((entry) => `src/${entry}.ts`),
    excludeInternal: true,
    excludePrivate: true,
    disableSources: true,
    disableGit: true,
    sort: ['kind', 'alphabetical'],
    logLevel: 'Error',
  })
  const project = await app.convert()
  if (!project) throw new Error('the docstrings can not be read')
  await app.outputs.writeOutput({ name: 'markdown', path: folder }, project)
}
