import type { HubConfig } from './config/types.ts';
import type { RouteExplanation } from './routing/explain.ts';
import { destinationInWords } from './routing/rules.ts';

/** What a newcomer reads when the hub is up. */
export function welcome(config: HubConfig, hub: { sipPort: number; httpPort: number }): string {
  if (config.drachtio) return welcomeBesideDrachtio(config, hub.httpPort);
  const host = config.sip.host;
  const sip = hub.sipPort === 5060 ? host : `${host}:${hub.sipPort}`;
  const transports = config.sip.transports.map((name) => name.toUpperCase()).join(' and ');
  const to = config.routingRules.find((rule) => 'bot' in rule.destination && rule.called.kind === 'exact');
  const user = to?.called.kind === 'exact' ? to.called.number : 'demo';
  return [
    '',
    'Patchbay is up.',
    `  SIP   ${host}:${hub.sipPort} (${transports})`,
    `  HTTP  http://${config.http.host}:${hub.httpPort}`,
    '',
    'What next:',
    '  npm run call                       in a second terminal: a scripted caller talks to the bot',
    `  sip:${`${user}@${sip}`.padEnd(31)}call this from any softphone on this machine`,
    `  ${`http://${config.http.host}:${hub.httpPort}/docs`.padEnd(35)}the API; \`npm run patchbay -- client create ID --groups administrator\` opens it`,
    `  ${config.file.padEnd(35)}bots, who may call, and which call goes where`,
    '',
    'Stop with Ctrl-C: calls under way may end; press it twice to stop at once.',
    '',
    '',
  ].join('\n');
}

/** For whoever runs it in production. */
function welcomeBesideDrachtio(config: HubConfig, httpPort: number): string {
  const servers = (config.freeswitch ?? []).map(({ host, port }) => `${host}:${port}`).join(', ');
  return [
    '',
    'Patchbay is up.',
    `  SIP    through drachtio-server at ${config.drachtio?.host}:${config.drachtio?.port}`,
    `  Media  through FreeSWITCH at ${servers}`,
    `  HTTP   http://${config.http.host}:${httpPort}`,
    '',
    '',
  ].join('\n');
}

/** The answer of `patchbay route`. `origin`: `connection carrier`, `bot demo`. */
export function routeTable(origin: string, explanation: RouteExplanation): string {
  const { decision, rules, blockedBy, destinations } = explanation;
  const outcome = destinationInWords(decision.destination);
  const lines = rules.map((rule) => {
    const mark = rule.chosen ? '=>' : rule.matched ? ' +' : '  ';
    return `${mark} ${rule.rule.padEnd(24)} ${rule.reasons.join('; ')}`;
  });
  const matched = decision.rule === undefined ? 'no rule matches' : `rule ${decision.rule}`;
  const why = blockedBy === undefined ? matched : `block list ${blockedBy}; the rules are not asked`;
  const where = destinations.map((line) => `   ${line}`);
  return `${[`From ${origin}: ${outcome} (${why})`, ...where, ...lines].join('\n')}\n`;
}
