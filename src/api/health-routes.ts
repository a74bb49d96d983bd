import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { PatchbayError } from '../errors.ts';
import type { ApiDependencies, ReadinessCheck } from './ports.ts';
import { addRoute } from './route.ts';

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

const check = z.strictObject({ name: z.string(), ok: z.boolean(), reason: z.string().optional() });

const readiness = z
  .strictObject({ ready: z.boolean(), reasons: z.array(z.string()), checks: z.array(check) })
  .meta({ id: 'Readiness' });

/** For load balancers and orchestrators, who prove nothing, and for Prometheus, which can. */
export function healthRoutes(app: FastifyInstance, deps: ApiDependencies): void {
  addRoute(app, {
    method: 'GET',
    url: '/healthz',
    access: 'public',
    id: 'getHealth',
    tag: 'Health',
    summary: 'The process runs',
    responses: {
      200: { description: 'It does', schema: z.strictObject({ status: z.literal('ok'), version: z.string() }) },
    },
    handle: () => ({ status: 'ok', version: deps.version }),
  });

  addRoute(app, {
    method: 'GET',
    url: '/readyz',
    access: 'public',
    id: 'getReadiness',
    tag: 'Health',
    summary: 'New calls are welcome',
    responses: {
      200: { description: 'They are', schema: readiness },
      503: { description: 'They are not, and why', schema: readiness },
    },
    handle: async ({ reply }) => {
      const checks = await Promise.all(deps.readiness.checks.map(runCheck));
      const reasons = checks.flatMap((result) => (result.ok ? [] : [`${result.name}: ${result.reason}`]));
      if (deps.readiness.draining()) reasons.unshift('the hub is stopping and takes no new calls');
      return reply.code(reasons.length === 0 ? 200 : 503).send({ ready: reasons.length === 0, reasons, checks });
    },
  });

  addRoute(app, {
    method: 'GET',
    url: '/metrics',
    access: 'monitor',
    id: 'getMetrics',
    tag: 'Health',
    summary: 'Metrics for Prometheus',
    responses: { 200: { description: "Prometheus' text format", contentType: 'text/plain' } },
    handle: async ({ reply }) => reply.type(deps.metrics.contentType).send(await deps.metrics.text()),
  });
}
