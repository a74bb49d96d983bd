import { X509Certificate } from 'node:crypto';
import { getCACertificates } from 'node:tls';
import type { AcBotApiConfig } from './config.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** The certificates of a PEM text. @throws Error when there is none, or one that is broken */
export function certificatesOf(pem: string): string[] {
  const found = pem.match(CERTIFICATE) ?? [];
  if (found.length === 0) throw new Error('no certificate in PEM');
  for (const certificate of found) new X509Certificate(certificate);
  return found;
}

/** Whose certificates are accepted, for `tls.connect`: `caCertificate` counts beside the authorities that Node knows. */
export function trustOf(config: Pick<AcBotApiConfig, 'allowSelfSignedCert' | 'caCertificate'>): {
  rejectUnauthorized: boolean;
  ca?: string[];
} {
  const { allowSelfSignedCert, caCertificate } = config;
  if (caCertificate === undefined) return { rejectUnauthorized: !allowSelfSignedCert };
  const ca = [...getCACertificates('default'), ...certificatesOf(caCertificate)];
  return { rejectUnauthorized: !allowSelfSignedCert, ca };
}
