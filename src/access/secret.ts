import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

export const secretHashPattern = /^sha256:[0-9a-f]{64}$/i;

/** 256 bit, in 43 characters of base64url. */
export function newSecret(random: (bytes: number) => Buffer = randomBytes): string {
  return random(32).toString('base64url');
}

/** `sha256:<hex>`: what is stored. A secret of 256 random bits needs no salt and no slow hash. */
export function hashSecret(secret: string): string {
  return `sha256:${createHash('sha256').update(secret, 'utf8').digest('hex')}`;
}

/** Compared with where there is no client, so that an unknown one costs what a known one costs. */
const nobody = `sha256:${'0'.repeat(64)}`;

/** Whether `secret` is the one behind `hash`; takes the same time whatever differs, and where there is no hash. */
export function matchesSecret(secret: string, hash: string | undefined): boolean {
  const given = createHash('sha256').update(secret, 'utf8').digest();
  const kept = Buffer.from((hash ?? nobody).slice('sha256:'.length), 'hex');
  const equal = kept.length === given.length && timingSafeEqual(given, kept);
  return equal && hash !== undefined;
}
