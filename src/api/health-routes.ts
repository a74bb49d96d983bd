import type { FastifyInstance } from 'fastify';
import { PatchbayError } from '../errors.ts';
import type { ApiDependencies, ReadinessCheck } from './ports.ts';

/** A check that hangs is a check that fails. */
const checkTimeoutMs = 2_000;

interface CheckResult {
  name: string;
  ok: boolean;
  reason?: string;
}

async function runCheck(check: ReadinessCheck): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('timeout')), checkTimeoutMs);
  });
  try {
    await Promise.race([check.run(), timeout]);
    return { name: check.name, ok: true };
  } catch (error) {
    const reason =
      error instanceof PatchbayError
        ? error.publicMessage
        : error instanceof Error && error.message === 'timeout'
          ? `no answer within ${checkTimeoutMs} ms`
          : 'failed';
    return { name: check.name, ok: false, reason };
  } finally {
    clearTimeout(timer);
  }
}

/** For load balancers, orchestrators and Prometheus; open to everybody who reaches the server. */
export function healthRoutes(app: FastifyInstance, deps: ApiDependencies): void {
  /** The process runs. */
  app.get('/healthz', () => ({ status: 'ok', version: deps.version }));

  /** New calls are welcome: 200, or 503 and the reasons. */
  app.get('/readyz', async (_request, reply) => {
    const checks = await Promise.all(deps.readiness.checks.map(runCheck));
    const reasons = checks.flatMap((check) => (check.ok ? [] : [`${check.name}: ${check.reason}`]));
    if (deps.readiness.draining()) reasons.unshift('the hub is stopping and takes no new calls');
    return reply.code(reasons.length === 0 ? 200 : 503).send({ ready: reasons.length === 0, reasons, checks });
  });

  app.get('/metrics', async (_request, reply) => reply.type(deps.metrics.contentType).send(await deps.metrics.text()));
}
