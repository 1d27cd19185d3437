#!/usr/bin/env node
import {setFlagsFromString} from 'node:v8'
import {exitCodes} from '../report.ts'
import {execute, told} from './program.ts'
import {processStreams} from './streams.ts'

/** What is still open this long after the end, in ms, is a fault of ours and must not hang a gate. */
const lingerMs = 2000

// The suite shares its machine with the target. By itself V8 lets garbage grow to several times of what is in use.
setFlagsFromString('--heap-growing-percent=50')
// An end that nobody foresaw is a fault of the harness, never a pass.
process.exitCode = exitCodes.harness
const args = process.argv.slice(2)
const debug = Boolean(process.env['PUSHSPEC_DEBUG']) || args.includes('--verbose')
const streams = processStreams()
process.on('uncaughtException', (error) => {
  process.exit(told(error, streams, debug) || exitCodes.harness)
})

const exitCode = await execute(args, streams, debug)
process.exitCode = exitCode
setTimeout(() => {
  if (debug) streams.err(`pushspec: still open: ${process.getActiveResourcesInfo().join(', ')}\n`)
  process.exit(exitCode)
}, lingerMs).unref()
