import { randomUUID } from 'node:crypto';
import { fieldsOf } from '../../../src/speech/override.ts';

/** RFC 7578. In one piece: made of parts that are read one after the other, it costs a millisecond that a caller waits. */
export interface Multipart {
  contentType: string;
  body: Buffer;
}

/** A form of texts and one file. Names and types are the connector's own, or of `formFields`. */
export function multipart(
  fields: Readonly<Record<string, string>>,
  file: { field: string; name: string; type: string; bytes: Uint8Array },
): Multipart {
  const boundary = `patchbay-${randomUUID()}`;
  const head = (name: string, more: string) =>
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n`;
  const texts = Object.entries(fields).map(([name, value]) => `${head(name, '')}${value}\r\n`);
  const ofFile = head(file.field, `; filename="${file.name}"\r\ncontent-type: ${file.type}`);
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([
      Buffer.from(`${texts.join('')}${ofFile}`),
      file.bytes,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]),
  };
}

/** What the answer depends on: no bot sets it. */
const OF_THE_CALL: ReadonlySet<string> = new Set(['file', 'response_format', 'stream']);

/** What a bot's author wrote for the server (`sttGenericData`, `sttOverrideConfig`), as far as it can stand in a form. */
export function formFields(written: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fieldsOf(written)).flatMap(([name, value]): [string, string][] => {
      const plain = ['string', 'number', 'boolean'].includes(typeof value);
      return plain && /^[\w.[\]-]{1,100}$/.test(name) && !OF_THE_CALL.has(name) ? [[name, String(value)]] : [];
    }),
  );
}
