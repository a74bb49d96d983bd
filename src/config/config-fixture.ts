import { z } from 'zod';
import { ConfigError } from './errors.ts';
import { parseConfig } from './load.ts';
import type { ConnectorSchemas } from './types.ts';

/** Connectors of the tests: one for bots, a speech vendor that can do both, and one that only listens. */
export const connectors: ConnectorSchemas<{ language?: string | undefined; bargeIn?: boolean | undefined }> = {
  bots: {
    'ac-bot-api': z.strictObject({
      url: z.url({ protocol: /^https?$/, error: 'expected an http(s) URL' }),
      auth: z.strictObject({ token: z.string().min(1).optional() }).default({}),
      retries: z.int().max(9).default(2),
      speaks: z.boolean().default(false),
    }),
  },
  botAudio: {
    'ac-bot-api': (settings) => ({ directStt: false, directTts: (settings as { speaks: boolean }).speaks }),
  },
  speech: {
    local: {
      settings: z.strictObject({ id: z.string(), voice: z.enum(['slt', 'rms']).optional() }),
      stt: true,
      tts: true,
    },
    ears: { settings: z.object({}), stt: true, tts: false },
  },
  botParameters: z.looseObject({ language: z.string().optional(), bargeIn: z.boolean().optional() }),
  inheritParameters: (base, own) => {
    const parameters = { ...base, ...own };
    const conflict = parameters.language === 'de' && parameters.bargeIn === true;
    return { parameters, problems: conflict ? [{ parameter: 'bargeIn', message: 'not in German' }] : [] };
  },
};

/** A reference to the environment. */
export const ref = (name: string) => `\${${name}}`;

export const base = `
speechServices:
  - { id: local, vendor: local }
bots:
  - id: demo
    connector: ac-bot-api
    url: http://127.0.0.1:8090/bot
    speech: { stt: local, tts: [local] }
sipConnections:
  - { id: phones, allowFrom: [127.0.0.1/32, '::1'] }
`;

export function parse(text: string, env: Record<string, string> = {}) {
  return parseConfig(text, 'hub.yaml', env, connectors);
}

/** The problems as `line:column path: message`. */
export function problems(text: string, env: Record<string, string> = {}): string[] {
  try {
    parse(text, env);
  } catch (error) {
    if (error instanceof ConfigError) {
      return error.problems.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);
    }
    throw error;
  }
  return [];
}
