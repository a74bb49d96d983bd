import type { SipMessage } from './message.ts';

/**
 * The octets of a message (RFC 3261 7). Content-Length always tells the real length of the body; it stays where the message has
 * it and comes last otherwise.
 */
export function printMessage(message: SipMessage): Buffer {
  let head =
    message.kind === 'request'
      ? `${message.method} ${message.uri} SIP/${message.version}\r\n`
      : `SIP/${message.version} ${message.status} ${message.reason}\r\n`;
  let hasLength = false;
  for (const field of message.headers) {
    if (field.key === 'content-length') {
      if (!hasLength) head += `Content-Length: ${message.body.length}\r\n`;
      hasLength = true;
    } else {
      head += `${field.name}: ${field.value}\r\n`;
    }
  }
  if (!hasLength) head += `Content-Length: ${message.body.length}\r\n`;
  head += '\r\n';
  const bytes = Buffer.allocUnsafe(head.length + message.body.length);
  bytes.write(head, 'latin1');
  message.body.copy(bytes, head.length);
  return bytes;
}
