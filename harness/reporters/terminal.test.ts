import {expect, test} from 'vitest'
import {sample} from './sample.ts'
import {terminal} from './terminal.ts'

const plain = {colour: false, columns: 100, verbose: false}

test('a report reads from header over table and failure to the summary', () => {
  expect(terminal(sample, plain)).toMatchInlineSnapshot(`
    "pushspec 0.1.0 · acme-push (node server.js --port 8080) · profile ci · seed 20261120

      poll            –  not claimed (1 check)
      sse           1/3  start ✓  resume ✗?
      ws            0/3  close o~  mask !

      ✓ passed   ✗ failed   ~ known   ! stale   ? inconclusive   o waived   · not claimed

      ✗ sse.resume.exact  PRACTICE  lost, fails 10/10
      ? sse.resume.seam   MUST      'missed:2+' was reached 2 times of 5
      o ws.close.code     SHOULD    tracked in #12 · lost, fails 3/10
      ~ ws.close.echo     MUST      since 1.0
      ! ws.mask.refused   MUST      it passes now
      · not claimed: etag (1)

    FAIL  sse.resume.exact  PRACTICE  lost
          fails 10/10 · found in case 37 · shrunk 23 -> 4 steps · 6 cases more of this kind
          A client that reconnects is given every event after that id, once.
          WHATWG HTML 9.2.3  https://html.spec.whatwg.org/

         script                         seen
      0  publish p1                     acked 201, id 1
      1  publish p2                     acked 201, id 2
      2  a: open the stream from start  200 · event p2 id 2
      3  settle a                       quiet for 41 ms

      expected  p1 and then p2
      saw       p2 only

            ms  step
           0.0     0  p   > publish p1 "~k.p1~"
           1.2     0      < p1 acked 201, id 1
           1.3     1  p   > publish p2 "~k.p2~"
           1.4     1      < p2 acked 201, id 2
           1.5     2  a.1 · connected
           1.7     2  a.1 > GET /c/stream HTTP/1.1\\r\\n\\r\\n
           2.3     2  a.1 < (72 bytes) HTTP/1.1 200 OK\\r\\nContent-Type: text/event-stream\\r\\n\\r\\nid: …
    ✗      2.4     2  a.1 < event p2 id 2 "~k.p2~"
    ✗     43.4     3  a   · quiet for 41 ms

      replay    npx pushspec replay .pushspec/cases/sse.resume.exact-5c1e.json --target acme.yaml

    pushspec: 1 passed, 1 failed, 1 known, 1 stale, 1 not claimed, 1 inconclusive, 1 waived · 4210 cases · 71 s · seed 20261120 · target acme-push
    "
  `)
})

test('verbose lists every check and shows waived failures too', () => {
  const checks = sample.checks.filter(({id}) => id === 'sse.start.status' || id === 'ws.close.code')
  expect(terminal({...sample, checks}, {...plain, verbose: true})).toMatchInlineSnapshot(`
    "pushspec 0.1.0 · acme-push (node server.js --port 8080) · profile ci · seed 20261120

      sse           1/1  start ✓
      ws            0/1  close o

      ✓ passed   o waived

      ✓ sse.start.status  MUST        200 runs    812 ms  streams 200/20  empty 4
          charset spelled utf8
      o ws.close.code     SHOULD      200 runs    812 ms  streams 200/20  empty 4

      o ws.close.code  SHOULD    tracked in #12 · lost, fails 3/10

    waived  ws.close.code  SHOULD  lost
          fails 3/10: a race · found in case 37 · shrunk 23 -> 4 steps · 6 cases more of this kind
          A stream is answered with 200.
          WHATWG HTML 9.2.3  https://html.spec.whatwg.org/

         script                         seen
      0  publish p1                     acked 201, id 1
      1  publish p2                     acked 201, id 2
      2  a: open the stream from start  200 · event p2 id 2
      3  settle a                       quiet for 41 ms

      expected  p1 and then p2
      saw       p2 only

            ms  step
           0.0     0  p   > publish p1 "~k.p1~"
           1.2     0      < p1 acked 201, id 1
           1.3     1  p   > publish p2 "~k.p2~"
           1.4     1      < p2 acked 201, id 2
           1.5     2  a.1 · connected
           1.7     2  a.1 > GET /c/stream HTTP/1.1\\r\\n\\r\\n
           2.3     2  a.1 < (72 bytes) HTTP/1.1 200 OK\\r\\nContent-Type: text/event-stream\\r\\n\\r\\nid: …
    ✗      2.4     2  a.1 < event p2 id 2 "~k.p2~"
    ✗     43.4     3  a   · quiet for 41 ms

      replay    npx pushspec replay .pushspec/cases/sse.resume.exact-5c1e.json --target acme.yaml

    pushspec: 1 passed, 1 failed, 1 known, 1 stale, 1 not claimed, 1 inconclusive, 1 waived · 4210 cases · 71 s · seed 20261120 · target acme-push
    "
  `)
})

test('the last line has the agreed shape', () => {
  const run = {...sample.run, wallMs: 71_000}
  const summary = {
    passed: 31,
    failed: 1,
    known: 2,
    stale: 0,
    notClaimed: 9,
    inconclusive: 0,
    waived: 1,
  }
  expect(
    terminal({...sample, run, summary}, plain)
      .trimEnd()
      .split('\n')
      .at(-1),
  ).toBe(
    'pushspec: 31 passed, 1 failed, 2 known, 0 stale, 9 not claimed, 0 inconclusive, 1 waived · 4210 cases · 71 s · seed 20261120 · target acme-push',
  )
})

test('checks that could not be tried for one reason are told together', () => {
  const because =
    'a plain opening handshake is refused: GET /ecco HTTP/1.1 is answered 404, not 101 (is its path right?)'
  const failures: readonly [] = []
  const told = (ids: readonly string[]): string[] => {
    const checks = sample.checks.map((check) =>
      ids.includes(check.id)
        ? {...check, verdict: 'inconclusive' as const, failures, because}
        : check,
    )
    const lines = terminal({...sample, checks}, plain).split('\n')
    const first = lines.findIndex((line) => line.includes('plain opening'))
    return lines.slice(first, first + 3)
  }
  const ws = sample.checks.filter(({mechanism}) => mechanism === 'ws').map(({id}) => id)
  expect(told(ws)).toEqual([
    '  ? 3 checks: a plain opening handshake is refused: GET /ecco HTTP/1.1 is answered 404, not 101 (is',
    '              its path right?)',
    '      ws.*',
  ])
  expect(told([...ws.slice(1), 'sse.resume.exact'])[2]).toBe(
    `      sse.resume.exact, ${ws.slice(1).join(', ')}`,
  )
})

test('no line but the summary, commands and links is longer than the terminal', () => {
  for (const columns of [60, 80, 132]) {
    const lines = terminal(sample, {...plain, columns}).split('\n')
    const long = lines.filter(
      (line) => Array.from(line).length > columns && !/pushspec|replay|https/.test(line),
    )
    expect(long).toEqual([])
  }
})

test('colours appear only when asked for', () => {
  const escape = String.fromCharCode(27)
  expect(terminal(sample, plain)).not.toContain(escape)
  expect(terminal(sample, {...plain, colour: true})).toContain(escape)
})

test('colours change nothing but colours', () => {
  const coloured = terminal(sample, {...plain, colour: true})
  const escapes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g')
  expect(coloured.replaceAll(escapes, '')).toBe(terminal(sample, plain))
})

test('control characters of a server never reach the terminal', () => {
  const evil = 'x\u001b[2J\u009b\u202e\r\ny'
  const checks = sample.checks.map((check) => ({
    ...check,
    because: evil,
    failures: check.failures.map((failure) => ({
      ...failure,
      saw: evil,
      expected: evil,
      trace: failure.trace.map((fact) =>
        fact.kind === 'event' ? {...fact, data: evil, id: evil} : fact,
      ),
    })),
  }))
  const text = terminal({...sample, checks, target: {...sample.target, name: evil}}, plain)
  expect(text.match(/[^\P{Cc}\n]|\u202e/gu)).toBe(null)
})

test('an interrupted run says so, and a death names its culprit', () => {
  const report = terminal(
    {
      ...sample,
      verdict: 'interrupted',
      run: {...sample.run, because: 'SIGINT\nthe last lines of its log'},
      checks: [],
      deaths: [
        {invariant: 'ws.frame.length', saw: 'exit code 139', case: 'cases/w.json'},
        {saw: 'SIGKILL'},
      ],
    },
    plain,
  )
  expect(report).toMatchInlineSnapshot(`
    "pushspec 0.1.0 · acme-push (node server.js --port 8080) · profile ci · seed 20261120

      interrupted: this report is not complete: SIGINT
      the last lines of its log

      ✗ the target died, by ws.frame.length: exit code 139 (cases/w.json)
      ✗ the target died, cause not reproduced: SIGKILL

    pushspec: 1 passed, 1 failed, 1 known, 1 stale, 1 not claimed, 1 inconclusive, 1 waived · 4210 cases · 71 s · seed 20261120 · target acme-push
    "
  `)
})
