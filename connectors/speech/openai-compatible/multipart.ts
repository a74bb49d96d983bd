import { randomUUID } from 'node:crypto';

/** RFC 7578. In one piece: made of parts that are read one after the other, it costs a millisecond that a caller waits. */
export interface Multipart {
  contentType: string;
  body: Buffer;
}

/** A form of texts and one file. Names and types are the connector's own. */
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
