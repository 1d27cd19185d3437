import {createReceivers} from '../clients/receivers.ts'
import type {Service} from '../clients/service.ts'
import type {LoadedTarget} from '../launch/load.ts'
import {redact, redactJson, redactTrace} from '../launch/redact.ts'
import {launch} from '../launch/start.ts'
import type {End, Instance, Source} from './arena.ts'
import type {Redact} from './cases.ts'

/** A description as something that can be brought up, more than once where the harness starts it. */
export function openSource(loaded: LoadedTarget): Source {
  return {target: loaded.target, open: () => open(loaded)}
}

/** Hides the secrets of a description. A chopped handshake holds them in pieces, so a trace is redacted as one. */
export function redactor({secrets}: LoadedTarget): Redact {
  return {
    text: (text) => redact(text, secrets),
    // Ids are ours and a script is generated: they hold no secret, and words that one may happen to be.
    case: ({invariant, script, trace, ...rest}) => ({
      ...redactJson(rest, secrets),
      invariant,
      script,
      trace: redactTrace(trace, secrets),
    }),
  }
}

async function open(loaded: LoadedTarget): Promise<Instance> {
  const {target, hooks} = loaded
  const slots = target.webhook?.slots
  const receivers = slots === undefined ? undefined : await createReceivers(slots)
  const launched = await launch(loaded, receivers ? {receiverUrls: receivers.urls} : {}).catch(
    (error: unknown) => {
      receivers?.close()
      throw error
    },
  )
  let watch = (): void => {}
  const died = new Promise<End>((resolve) => {
    watch = () =>
      void launched.died.then(({code, signal}) =>
        resolve({...(code !== null && {code}), ...(signal !== null && {signal})}),
      )
  })
  watch()
  const {restart} = launched
  const service: Service = {
    target,
    origins: launched.origins,
    headers: launched.headers,
    hooks,
    ...(receivers && {receivers}),
    ...(restart && {
      restart: async (signal, downMs) => {
        await restart(signal, downMs)
        watch()
      },
    }),
  }
  return {
    service,
    died,
    log: () => launched.log(),
    stop: async () => {
      await launched.stop()
      receivers?.close()
    },
  }
}
