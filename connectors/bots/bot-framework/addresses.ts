import { BotError } from '../../../src/bots/port.ts';
import { type BotFrameworkConfig, REGIONS } from './config.ts';

/** Domains of Direct Line in Microsoft's clouds: public, US government, China. */
const MICROSOFT = ['botframework.com', 'botframework.azure.us', 'botframework.azure.cn'];

/** The base address of Direct Line that the configuration names; paths are appended to it. */
export function configuredBase(config: BotFrameworkConfig): URL {
  return baseOf(config.url ?? REGIONS[config.region]);
}

/** `.../v3/directline` is accepted as it is copied from documentation. */
export function baseOf(text: string): URL {
  const url = new URL(text);
  url.pathname = url.pathname.replace(/\/(?:v3\/directline\/?)?$/, '');
  url.search = '';
  url.hash = '';
  return url;
}

/** A path of the API: `v3/directline/<path>` below the base address. */
export function apiUrl(base: URL, path: string, query: Readonly<Record<string, string | undefined>> = {}): URL {
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/$/, '')}/v3/directline/${path}`;
  for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, value);
  return url;
}

/** Copilot Studio tells which Direct Line an agent is reached through, next to its token endpoint. */
export function regionalSettingsUrl(tokenEndpoint: string): URL | undefined {
  const endpoint = new URL(tokenEndpoint);
  const at = endpoint.pathname.indexOf('/powervirtualagents');
  if (at < 0) return undefined;
  const url = new URL(`${endpoint.origin}${endpoint.pathname.slice(0, at)}/powervirtualagents/regionalchannelsettings`);
  const version = endpoint.searchParams.get('api-version');
  if (version !== null) url.searchParams.set('api-version', version);
  return url;
}

/**
 * An address that an answer names. Only hosts that the configuration names and Microsoft's are followed, and never from TLS to plain
 * text: what is sent there are credentials and what callers say, and the hub must not be led into its own network.
 * @throws BotError `bot_failed`
 */
export function foundUrl(text: string, protocols: 'http' | 'ws', config: BotFrameworkConfig): URL {
  const [plain, safe] = protocols === 'http' ? ['http:', 'https:'] : ['ws:', 'wss:'];
  const refused = (why: string) =>
    new BotError('bot_failed', `Direct Line names an address that is not followed: ${why}`, {
      publicMessage: 'the bot gave an unusable answer',
    });
  if (!URL.canParse(text)) throw refused('it is no URL');
  const url = new URL(text);
  // Documentation shows streams with https: as well as with wss:.
  if (protocols === 'ws') url.protocol = url.protocol.replace(/^http/, 'ws');
  const own = [configuredBase(config), ...(config.tokenEndpoint === undefined ? [] : [new URL(config.tokenEndpoint)])];
  if (url.protocol !== safe && !(url.protocol === plain && own.some(({ protocol }) => protocol === 'http:'))) {
    throw refused(`${url.protocol}//${url.host} is not encrypted`);
  }
  const isOwn = own.some(({ host }) => host === url.host) || config.trustedHosts.includes(url.hostname);
  if (!isOwn && !MICROSOFT.some((domain) => url.hostname.endsWith(`.${domain}`))) {
    throw refused(`${url.host} is neither configured nor Microsoft's (trustedHosts)`);
  }
  return url;
}
