/** Keys whose values nobody may see in a log or on a screen. */
const secretKey =
  /(?:token|secret|password|passphrase|apikey|privatekey|secrethash)$|^(?:credentials|(?:proxy)?authorization|(?:set)?cookie)$/;

/** Keys that sound like one and are not. */
const harmless = new Set(['tokenurl', 'maxtokens']);

/** By the name of a key, in any case, with or without dashes and underscores. */
export function isSecretKey(key: string): boolean {
  const plain = key.toLowerCase().replace(/[-_]/g, '');
  return secretKey.test(plain) && !harmless.has(plain);
}
