import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { PatchbayError } from '../errors.ts';
import { type Cidr, cidrContains, parseCidr, parseIpAddress } from '../routing/cidr.ts';
import { isPublicAddress } from './public-address.ts';

export type UrlErrorCode =
  | 'url_invalid' // not an http or https URL, or one with credentials in it
  | 'url_forbidden' // leads into a private network that is not allowed
  | 'url_unreachable' // no connection, no name, a certificate that is not valid
  | 'url_failed' // a status other than 2xx, too many redirects
  | 'url_timeout'
  | 'url_too_large';

/** A URL that somebody outside supplied could not be used. `publicMessage` names no address. */
export class UrlError extends PatchbayError<UrlErrorCode> {}

export interface UrlGuardOptions {
  /** Every address may be reached. */
  allowPrivateNetworks: boolean;
  /** Names, addresses and blocks that may be reached although they are private: `media.lan`, `10.1.2.0/24`. */
  allowHosts: readonly string[];
}

/** Decides which hosts may be reached; what it allows by name is checked again by the address it resolves to. */
export class UrlGuard {
  readonly #everything: boolean;
  readonly #names: ReadonlySet<string>;
  readonly #blocks: readonly Cidr[];

  constructor(options: UrlGuardOptions) {
    this.#everything = options.allowPrivateNetworks;
    const blocks: Cidr[] = [];
    const names = new Set<string>();
    for (const entry of options.allowHosts) {
      const result = parseCidr(entry);
      if ('cidr' in result) blocks.push(result.cidr);
      else names.add(canonicalName(entry));
    }
    this.#blocks = blocks;
    this.#names = names;
  }

  /**
   * Reads a URL; a host that is an address is judged here, because no name is looked up for it.
   * @throws UrlError `url_invalid`, `url_forbidden`
   */
  parse(text: string, base?: URL): URL {
    const url = URL.canParse(text, base?.href) ? new URL(text, base) : undefined;
    if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
      throw new UrlError('url_invalid', 'an http:// or https:// URL is needed');
    }
    if (url.username !== '' || url.password !== '') {
      throw new UrlError('url_invalid', 'a URL without a user name and password is needed');
    }
    const host = hostOf(url);
    if (isIP(host) !== 0 && !this.allowsName(host) && !this.allowsAddress(host)) throw forbidden(host);
    return url;
  }

  /** The host stands on the list by its name: whatever it resolves to may be reached. */
  allowsName(name: string): boolean {
    return this.#everything || this.#names.has(canonicalName(name));
  }

  allowsAddress(text: string): boolean {
    if (this.#everything || isPublicAddress(text)) return true;
    const address = parseIpAddress(text);
    return address !== undefined && this.#blocks.some((block) => cidrContains(block, address));
  }

  /** Those of the addresses of `name` that may be reached. @throws UrlError `url_forbidden` when none is left */
  filter(name: string, addresses: readonly LookupAddress[]): LookupAddress[] {
    if (this.allowsName(name)) return [...addresses];
    const allowed = addresses.filter(({ address }) => this.allowsAddress(address));
    if (allowed.length === 0) throw forbidden(name);
    return allowed;
  }
}

/** The host of a URL, an IPv6 address without its brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

function canonicalName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

function forbidden(host: string): UrlError {
  return new UrlError('url_forbidden', `${host} is in a private network; allow it in botUrls.allowHosts`, {
    publicMessage: 'the URL leads into a private network',
  });
}
