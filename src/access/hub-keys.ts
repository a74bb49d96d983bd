import { hkdfSync } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { HubKey, HubKeyStore, KeyPurpose } from './ports.ts';
import { newSecret } from './secret.ts';

/** A key id that nobody knows makes the database be asked again, so often at most. */
const reloadMs = 1_000;

/** The keys of one purpose; the first is made when there is none. */
export class HubKeys {
  readonly #store: HubKeyStore;
  readonly #purpose: KeyPurpose;
  readonly #clock: Clock;
  #loaded: { at: number; keys: Promise<HubKey[]> } | undefined;

  constructor(store: HubKeyStore, purpose: KeyPurpose, clock: Clock) {
    this.#store = store;
    this.#purpose = purpose;
    this.#clock = clock;
  }

  /** The key that signs: the newest. */
  async current(): Promise<HubKey> {
    const [key] = await this.#load();
    if (!key) throw new Error('the store keeps no key'); // #read inserts one
    return key;
  }

  async find(kid: string): Promise<HubKey | undefined> {
    const found = (await this.#load()).find((key) => key.kid === kid);
    if (found || !this.#loaded || this.#clock.now() - this.#loaded.at < reloadMs) return found;
    this.#loaded = undefined;
    return (await this.#load()).find((key) => key.kid === kid);
  }

  #load(): Promise<HubKey[]> {
    if (!this.#loaded) {
      const loaded = { at: this.#clock.now(), keys: this.#read() };
      this.#loaded = loaded;
      loaded.keys.catch(() => {
        if (this.#loaded === loaded) this.#loaded = undefined;
      });
    }
    return this.#loaded.keys;
  }

  async #read(): Promise<HubKey[]> {
    const keys = await this.#store.list(this.#purpose);
    if (keys.length > 0) return keys;
    await this.#store.insertIfAbsent({
      kid: `${this.#purpose}-1`,
      purpose: this.#purpose,
      secret: newSecret(),
      createdAt: this.#clock.date().toISOString(),
    });
    return await this.#store.list(this.#purpose);
  }
}

/** The secret that signs a client's notifications: HKDF-SHA256 (RFC 5869) of the hub's key and the client's id, base64url. */
export function deriveNotificationSecret(key: HubKey, clientId: string): string {
  const info = `patchbay notifications to ${clientId}`;
  return Buffer.from(hkdfSync('sha256', Buffer.from(key.secret, 'base64url'), '', info, 32)).toString('base64url');
}
