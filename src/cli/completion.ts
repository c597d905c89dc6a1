import { Argument, type Command } from 'commander'
import { write } from './output.ts'

type Shell = 'bash' | 'zsh' | 'fish'

/** Adds `kronos completion`. */
export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('Write the script by which a shell completes this command')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .addHelpText('after', '\nExample:\n  $ source <(kronos completion bash)')
    .action((shell: Shell) => write({ bash: writeBash, zsh: writeZsh, fish: writeFish }[shell](program)))
}

interface Words {
  name: string
  description: string
  flags: string[]
}

function listCommands(program: Command): Words[] {
  return program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    // The long of two long flags is called `short`.
    flags: command.options
      .flatMap(({ short, long }) => [short, long])
      .filter((flag) => flag?.startsWith('--')) as string[],
  }))
}

function writeBash(program: Command): string {
  const commands = listCommands(program)
  const cases = commands.map(
    ({ name, flags }) => `    ${name}) words="${['--help', ...flags].join(' ')}" ;;\n`,
  )
  return `_kronos() {
  local words
  case "\${COMP_WORDS[1]}" in
${cases.join('')}    *) words="${commands.map(({ name }) => name).join(' ')} --help --version" ;;
  esac
  [ "$COMP_CWORD" -eq 1 ] && words="${commands.map(({ name }) => name).join(' ')} --help --version"
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _kronos kronos
`
}

/** Zsh reads bash's completions by itself. */
function writeZsh(program: Command): string {
  return `autoload -U +X compinit && compinit
autoload -U +X bashcompinit && bashcompinit
${writeBash(program)}`
}

function writeFish(program: Command): string {
  const quote = (text: string) => text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")
  const lines = listCommands(program).flatMap(({ name, description, flags }) => [
    `complete -c kronos -f -n __fish_use_subcommand -a ${name} -d '${quote(description)}'`,
    ...flags.map((flag) => `complete -c kronos -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)}`),
  ])
  return `${lines.join('\n')}\n`
}
