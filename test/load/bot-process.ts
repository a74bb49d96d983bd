import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * The rig's bot, in a process of its own: answers at once. Greets with LOAD_GREETING and answers with LOAD_ANSWER ('' says nothing), and
 * never hangs up. Tells its address by IPC and, asked, what it was told in each conversation.
 */
const { LOAD_GREETING: greeting = '', LOAD_ANSWER: answer = '' } = process.env;
const heard = new Map<string, string[]>();

const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => {
    body += chunk;
  });
  request.on('end', () => {
    const path = request.url ?? '';
    response.setHeader('content-type', 'application/json');
    if (request.method === 'GET') response.end('{"type":"ac-bot-api","success":true}');
    else if (path === '/bot') response.end(created(body));
    else if (path.endsWith('/activities')) response.end(reply(path, body));
    else response.end('{"expiresSeconds":600}');
  });
});

function created(body: string): string {
  const id = String((JSON.parse(body) as { conversation?: unknown }).conversation);
  const base = `/bot/conversation/${encodeURIComponent(id)}`;
  return JSON.stringify({
    activitiesURL: `${base}/activities`,
    refreshURL: `${base}/refresh`,
    disconnectURL: `${base}/disconnect`,
    expiresSeconds: 600,
  });
}

function reply(path: string, body: string): string {
  const { activities = [] } = JSON.parse(body) as { activities?: { type?: string; text?: string }[] };
  const texts = activities.flatMap(({ type, text }) => (type === 'message' && text !== undefined ? [text] : []));
  if (texts.length > 0) heard.set(path, [...(heard.get(path) ?? []), ...texts]);
  const text = body.includes('"start"') ? greeting : texts.length > 0 ? answer : '';
  if (text === '') return '{"activities":[]}';
  const activity = { id: randomUUID(), timestamp: new Date().toISOString(), type: 'message', text };
  return JSON.stringify({ activities: [activity] });
}

server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/bot` });
});
process.on('message', () => process.send?.({ heard: [...heard.values()] }));
process.on('disconnect', () => process.exit(0));
