/** The poll invariants against the embedded reference server, as vitest tests. */
import {conformance} from '../harness/vitest.ts'

await conformance({target: 'reference', mechanisms: ['poll']})
