import { createHmac } from 'node:crypto';

/**
 * `X-Patchbay-Signature: t=<unix seconds>,v1=<hex>`: HMAC-SHA256 over `<t>.<body>` with the secret of the API client.
 * The time is that of the attempt, so that the receiver can refuse what was recorded and is played again.
 */
export function signatureHeader(secret: string, unixSeconds: number, body: string): string {
  const digest = createHmac('sha256', secret).update(`${unixSeconds}.${body}`).digest('hex');
  return `t=${unixSeconds},v1=${digest}`;
}
