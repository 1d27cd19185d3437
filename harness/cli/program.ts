import {Command, CommanderError, Option} from 'commander'
import {profiles} from '../engine/options.ts'
import {Mistake} from '../mistake.ts'
import {version} from '../package.ts'
import {exitCodes} from '../report.ts'
import {mechanisms} from '../target.ts'
import type {ExplainFlags} from './explain.ts'
import type {ListFlags} from './list.ts'
import type {ReplayFlags} from './replay.ts'
import type {RunFlags} from './run.ts'
import type {SelftestFlags} from './selftest.ts'
import type {ServeFlags} from './serve.ts'
import type {Streams} from './streams.ts'
import * as values from './values.ts'

/** How a command that was carried out ends. */
type Done = (exitCode: number) => void

/**
 * Carries out a command line (without node and script) and answers its exit code. What the user can mend
 * is told in a line; anything else is a fault of the harness (6), with its stack when `debug` is set.
 */
export async function execute(
  args: readonly string[],
  streams: Streams,
  debug: boolean,
): Promise<number> {
  let exitCode: number = exitCodes.harness
  try {
    const program = commands(streams, (code) => (exitCode = code))
    await program.parseAsync([...args], {from: 'user'})
    return exitCode
  } catch (error) {
    return told(error, streams, debug)
  }
}

/** Tells an error and answers the exit code that it stands for. */
export function told(error: unknown, streams: Streams, debug: boolean): number {
  if (error instanceof CommanderError) {
    const asked = ['commander.helpDisplayed', 'commander.version'].includes(error.code)
    return asked ? exitCodes.expected : exitCodes.usage
  }
  if (error instanceof Mistake) {
    streams.err(`pushspec: ${error.message}\n`)
    return error.exitCode
  }
  const message = error instanceof Error ? error.message : String(error)
  const stack = error instanceof Error ? (error.stack ?? message) : message
  const hint = debug ? '' : ' (PUSHSPEC_DEBUG=1 shows where)'
  streams.err(`pushspec: fault of the harness: ${debug ? stack : message}${hint}\n`)
  return exitCodes.harness
}

function commands(streams: Streams, done: Done): Command {
  const program = new Command('pushspec')
    .description(
      'Conformance of servers that deliver events: poll, long poll, SSE, WebSocket, webhooks.',
    )
    .version(version, '--version', 'print the version')
    .exitOverride()
    .showHelpAfterError('(--help shows all flags)')
    .configureOutput({writeOut: (text) => streams.out(text), writeErr: (text) => streams.err(text)})
  addRun(program, streams, done)
  addReplay(program, streams, done)
  addReading(program, streams, done)
  addSelf(program, streams, done)
  return program
}

const targetOption = [
  '--target <file|name>',
  'description of the target, or the name of a shipped one',
] as const
const headerOption = [
  '--header <field>',
  "field of every request, 'Name: value'",
  values.header,
] as const
const remoteOption = ['--allow-remote', 'test a target that is not on this machine'] as const
const invariantsOption = [
  '--invariants <dir>',
  'folder with invariants of your own',
  values.path,
] as const

function addRun(program: Command, streams: Streams, done: Done): void {
  program
    .command('run')
    .description(
      'try the target; without URL and --target, pushspec.config.* or the embedded server',
    )
    .argument('[url]', 'http, https, ws or wss')
    .option(...targetOption)
    .option('--only <glob>', 'checks by id, comma-separated; * crosses dots', values.list)
    .option('--skip <glob>', 'leave checks out', values.list)
    .option('--mechanism <m>', mechanisms.join(', '), values.someOf(mechanisms))
    .option('--profile <name>', profiles.join(', '), values.oneOf(profiles), 'ci')
    .addOption(seedOption())
    .option('--runs <n>', 'cases per behaviour and aim; turns floors of cover off', values.amount)
    .option(
      '--budget <time>',
      'time for playing: 90s, 5m; a bare number is seconds (default: 3m, 20m, 6h by profile)',
      values.duration,
    )
    .option('--jobs <n>', 'cases at work at a time', values.amount, 32)
    .option('--shard <i/n>', 'part i of n', values.shard)
    .option('--bail <n>', 'stop after n findings', values.amount)
    .option(...invariantsOption)
    .option(...headerOption)
    .option('--strict', 'SHOULD gates too')
    .option('--out <dir>', 'folder for report.json, junit.xml and cases', '.pushspec')
    .addOption(reporterOption())
    .option('--verbose', 'every check with its runs and cover; stacks of faults')
    .option(...remoteOption)
    .action(async (url: string | undefined, flags: RunFlags) => {
      const {runCommand} = await import('./run.ts')
      done(await runCommand(url, flags, streams))
    })
}

const seedOption = (): Option =>
  new Option('--seed <n>', 'same seed, same scripts; the default is the date')
    .argParser(values.seed)
    .default(values.seedOf(new Date()))

const reporterOption = (): Option =>
  new Option('--reporter <r>', `what goes to standard output: ${values.reporterNames.join(', ')}`)
    .argParser((text: string) => values.someOf(values.reporterNames)(text))
    .default(['terminal'], 'terminal')

function addReplay(program: Command, streams: Streams, done: Done): void {
  program
    .command('replay')
    .description('play saved cases again: 0 fixed, 1 fails, 5 cannot run there')
    .argument('<file|dir>', 'case files')
    .argument('[url]', 'where the target runs')
    .option(...targetOption)
    .option('--times <n>', 'replays of each case', values.amount, 10)
    .option(...headerOption)
    .option(...remoteOption)
    .action(async (path: string, url: string | undefined, flags: ReplayFlags) => {
      const {replayCommand} = await import('./replay.ts')
      done(await replayCommand(path, url, flags, streams))
    })
}

function addReading(program: Command, streams: Streams, done: Done): void {
  program
    .command('list')
    .description('every check, and what is planned')
    .option('--json', 'as JSON')
    .option(...invariantsOption)
    .action(async (flags: ListFlags) => {
      const {listCommand} = await import('./list.ts')
      done(await listCommand(flags, streams))
    })
  program
    .command('explain')
    .description('what one check demands, who says so, and how it is tried')
    .argument('<id>')
    .option(...invariantsOption)
    .action(async (id: string, flags: ExplainFlags) => {
      const {explainCommand} = await import('./explain.ts')
      done(await explainCommand(id, flags, streams))
    })
}

function addSelf(program: Command, streams: Streams, done: Done): void {
  program
    .command('serve')
    .description('run the embedded server, correct or with one seeded fault')
    .option('--mutant <id/name>', 'a seeded fault')
    .option('--variant <name>', 'a legal oddity')
    .option('--port <n>', '0 lets the system choose', values.port, 0)
    .option('--data <dir>', 'keep events here')
    .action(async (flags: ServeFlags) => {
      const {serveCommand} = await import('./serve.ts')
      done(await serveCommand(flags))
    })
  program
    .command('selftest')
    .description('put the suite itself on trial: every mutant is found, no correct server accused')
    .option('--quick', 'one seed')
    .option('--soak <seeds>', 'no hunts; correct servers on so many seeds', values.amount)
    .option('--runs <n>', 'cases per behaviour and aim and seed of a soak (200)', values.amount)
    .option('--only <glob>', 'checks by id, comma-separated', values.list)
    .addOption(new Option('--seed <n>', 'first seed').argParser(values.seed).default(1))
    .action(async (flags: SelftestFlags) => {
      const {selftestCommand} = await import('./selftest.ts')
      done(await selftestCommand(flags, streams))
    })
}
