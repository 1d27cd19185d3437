import {lookup} from 'node:dns/promises'
import {BlockList, isIP} from 'node:net'
import {Mistake} from '../mistake.ts'

/** 127.0.0.0/8 (RFC 1122 section 3.2.1.3) and ::1 (RFC 4291 section 2.5.3). */
const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether every address of a host is this machine's own; a name that does not resolve is not. */
export async function isLoopback(host: string): Promise<boolean> {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  const family = isIP(bare)
  const addresses = family
    ? [{address: bare, family}]
    : await lookup(bare, {all: true}).catch(() => [])
  return (
    addresses.length > 0 &&
    addresses.every(({address, family}) => loopback.check(address, family === 6 ? 'ipv6' : 'ipv4'))
  )
}

/**
 * Throws a Mistake (exit 2) when one of the origins is not on this machine: the suite floods and
 * cuts, so that must be meant.
 */
export async function refuseRemote(origins: readonly string[]): Promise<void> {
  for (const origin of origins) {
    const {hostname} = new URL(origin.replace('{port}', '1'))
    if (await isLoopback(hostname)) continue
    throw new Mistake(
      `start.url: ${hostname} is not this machine; pass --allow-remote to test it all the same`,
      2,
    )
  }
}
