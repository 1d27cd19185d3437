import * as fc from 'fast-check'
import {expect, test} from 'vitest'
import {headWithoutTabs} from './whitespace.ts'

const response =
  'HTTP/1.1 103 Early Hints\r\nLink:\t</a>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding:\tchunked\t\r\n\r\n2\r\n\t\t\r\n\r\n\t'

test('tabs of the head become spaces and those of the body stay, wherever the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(response.length), {maxLength: 6, size: 'max'}), (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), response.length]
      const read = headWithoutTabs()
      const parts = at
        .slice(1)
        .map((end, index) => read(Buffer.from(response.slice(at[index], end))))
      expect(Buffer.concat(parts).toString()).toBe(
        'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked \r\n\r\n2\r\n\t\t\r\n\r\n\t',
      )
    }),
  )
})
