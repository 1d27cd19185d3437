import fc from 'fast-check'
import type {Behaviour} from '../behaviour.ts'
import type {Script, Step} from '../script/script.ts'
import type {OpenWs} from '../script/ws.ts'

/** Most numbers of one script. */
const most = 6

/** A client whose messages are numbered: it swaps, repeats and skips some, or loses an acknowledgement and sends again. */
export const submits: Behaviour = {
  name: 'ws.submits',
  aims: ['orders', 'ack-lost'],
  script: (_target, aim) => (aim === 'ack-lost' ? ackLost() : orders()),
}

const opening = (more: Partial<OpenWs> = {}): Step => ({
  do: 'open',
  client: 'a',
  via: 'ws',
  route: 'inbox',
  ...more,
})
const submit = (number: number): Step => ({do: 'submit', client: 'a', number})
const settle: Step = {do: 'settle'}
const read: Step = {do: 'read-inbox', client: 'a'}

const upTo = (count: number): number[] => Array.from({length: count}, (_, index) => index + 1)

/** Any numbers in any order, then perhaps all of them once more in their order. */
function orders(): fc.Arbitrary<Script> {
  const number = fc.integer({min: 1, max: most})
  return fc
    .tuple(fc.array(number, {minLength: 1, maxLength: 8, size: 'max'}), fc.boolean(), fc.boolean())
    .map(([numbers, whole, first]): Script => {
      const again = whole ? [...upTo(Math.max(...numbers)).map(submit), settle] : []
      const look = first ? [read] : []
      return [opening(), ...numbers.map(submit), settle, ...look, ...again, read]
    })
}

/** The connection is reset in the midst of the answers; on the next one the client begins again somewhere before that. */
function ackLost(): fc.Arbitrary<Script> {
  return fc
    .tuple(
      fc.integer({min: 1, max: 4}),
      fc.integer({min: 0, max: 3}),
      fc.integer({min: 1, max: 4}),
      fc.integer({min: 0, max: 2}),
    )
    .map(([count, acks, from, more]): Script => {
      const cut = {events: Math.min(acks, count - 1), bytes: 1, of: 'body', how: 'rst'} as const
      const again = upTo(count + more).slice(Math.min(from, count) - 1)
      return [
        opening({cut}),
        ...upTo(count).map(submit),
        {do: 'fence', client: 'a'},
        opening(),
        ...again.map(submit),
        settle,
        read,
      ]
    })
}
