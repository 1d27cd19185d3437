import type {Citation} from './invariant.ts'

const rfcAnchor = (number: number, section: string): string =>
  `https://www.rfc-editor.org/rfc/rfc${number}#section-${section}`

/** A section of an RFC: `rfc(6455, '5.5.1')`. */
export function rfc(number: number, section: string): Citation {
  return {source: `RFC ${number} ${section}`, url: rfcAnchor(number, section)}
}

const eventStreams: Readonly<Record<string, string>> = {
  '9.2.3': 'sse-processing-model',
  '9.2.4': 'the-last-event-id-header',
  '9.2.5': 'parsing-an-event-stream',
  '9.2.6': 'event-stream-interpretation',
}

/** A section of WHATWG HTML on server-sent events: `whatwg('9.2.4')`. */
export function whatwg(section: '9.2.3' | '9.2.4' | '9.2.5' | '9.2.6'): Citation {
  return {
    source: `WHATWG HTML ${section}`,
    url: `https://html.spec.whatwg.org/multipage/server-sent-events.html#${eventStreams[section]}`,
  }
}

/** A heading of Standard Webhooks 1.0.0. */
export function standardWebhooks(heading: string): Citation {
  return {
    source: `Standard Webhooks 1.0.0 "${heading}"`,
    url: 'https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md',
  }
}

/** What users rely on although no standard says it; `what` names who does. */
export function practice(what: string): Citation {
  return {source: what}
}

/** A section of HTTP 1.1 Web Hooks for Event Delivery (CloudEvents). */
export function cloudEventsWebHooks(section: string): Citation {
  return {
    source: `CloudEvents HTTP 1.1 Web Hooks ${section}`,
    url: 'https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md',
  }
}
