import {keysOf, type Key} from '../key.ts'

const payload = 'The whole text, or a pointer into it as JSON.'
const initial = 'What a reader without a cursor is given first: what comes, or the oldest event.'
const ready =
  '`head`: a reader is registered when the response head has come. `probe`: when a published probe has come.'
const usualReady = '`probe` with `publish`, else `head`'

/** Server-Sent Events and WebSocket. */
export const streamKeys: readonly Key[] = keysOf([
  ['sse', 'path or object', '-', 'A stream of Server-Sent Events.'],
  ['sse.method', 'text', '`GET`', 'The method of the request.'],
  ['sse.path', 'path', 'required', 'May hold `{channel}` and `{cursor}`.'],
  ['sse.headers', 'fields', '`{}`', 'Fields of this request, besides Accept.'],
  ['sse.query', 'object of texts', '`{}`', 'Query parameters.'],
  ['sse.body', 'JSON', '-', 'The body of the request.'],
  ['sse.cursor', 'place', '`{header: Last-Event-ID}`', 'Where a request holds the last event id.'],
  ['sse.payload', '`raw` or pointer', '`raw`', payload],
  ['sse.payload.pointer', 'pointer', '-', 'The same as the pointer alone.'],
  ['sse.initial', '`live` or `oldest`', '`live`', initial],
  ['sse.ready', '`head` or `probe`', usualReady, ready],
  ['sse.controlTypes', 'list of texts', '`[]`', 'Types (`event:`) that are no application events.'],
  [
    'ws',
    'path or object',
    '-',
    'WebSocket routes. A path alone: nothing but the protocol is known.',
  ],
  ['ws.path', 'path', '-', 'A route of which nothing but the protocol is known.'],
  ['ws.headers', 'fields', '`{}`', 'Fields of every opening handshake.'],
  ['ws.echo', 'path or object', '-', 'A route that sends back every message.'],
  ['ws.echo.path', 'path', 'required', 'Its path.'],
  ['ws.echo.headers', 'fields', '`{}`', 'Fields of its handshake.'],
  ['ws.subscribe', 'path or object', '-', 'A route that sends the events of a channel.'],
  ['ws.subscribe.path', 'path', 'required', 'May hold `{channel}` and `{cursor}`.'],
  ['ws.subscribe.headers', 'fields', '`{}`', 'Fields of its handshake.'],
  ['ws.subscribe.payload', '`raw` or pointer', '`raw`', payload],
  ['ws.subscribe.payload.pointer', 'pointer', '-', 'The same as the pointer alone.'],
  ['ws.subscribe.id', 'pointer', '-', 'To the id in a message; needed to resume.'],
  ['ws.subscribe.initial', '`live` or `oldest`', '`live`', initial],
  ['ws.subscribe.ready', '`head` or `probe`', usualReady, ready],
  ['ws.subprotocols', 'list of texts', '`[]`', 'Subprotocols that the server knows.'],
  ['ws.textOnly', 'flag', '`false`', 'Binary messages are not sent to it.'],
  [
    'ws.maxMessage',
    'number',
    '-',
    'The largest message in bytes; a larger one ends the connection.',
  ],
  [
    'ws.guaranteedMessage',
    'number',
    '`maxMessage`, else 8192',
    'Messages up to this many bytes are accepted for sure.',
  ],
  [
    'ws.strictLengths',
    'flag',
    '`false`',
    'A length that is written in a longer form than needed fails the connection.',
  ],
  ['ws.closeTrigger', 'text', '-', 'A text message on `echo` that makes the server close.'],
  ['ws.singlePath', 'flag', '`false`', 'Other paths than the declared ones are refused.'],
])
