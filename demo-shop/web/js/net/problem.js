// An answer that is no success, or none at all: what the shop says of it, and the sentence for a person.
import { known, t } from '../texts/texts.js';

export class Problem extends Error {
  // `body`: the members of problem+json, as far as they are there; status 0: no answer.
  constructor(status, body = {}, { retryAfterMs = null, mayHaveRun = false } = {}) {
    super(body.detail || body.title || `status ${status}`);
    this.status = status;
    this.code = body.code ?? '';
    this.kind = body.kind ?? '';
    this.detail = body.detail ?? '';
    this.traceId = body.traceId ?? '';
    this.retryAfterMs = retryAfterMs;
    this.mayHaveRun = mayHaveRun;
  }
}

// For a code that has a text: that; for another refusal its own words; else what the status means.
export function sentenceOf(error) {
  if (!(error instanceof Problem)) {
    console.error(error);
    return t('error_failed');
  }
  if (error.code && known(`code_${error.code}`)) return t(`code_${error.code}`);
  if (error.status === 0) return t(error.mayHaveRun ? 'error_unknown' : 'error_offline');
  if (error.status === 429)
    return t('error_busy', { seconds: Math.max(1, Math.ceil((error.retryAfterMs ?? 1000) / 1000)) });
  if (error.status === 401) return t('session_over');
  if (error.status === 403) return t('error_denied');
  if (error.status === 422) return t('error_key_reused');
  if (error.status === 413) return t('error_too_large');
  if ([502, 503, 504].includes(error.status))
    return t(error.kind === 'unknown_outcome' ? 'error_unknown' : 'error_offline');
  if (error.status >= 500)
    return `${t('error_failed')}${error.traceId ? ` ${t('error_trace', { trace: error.traceId })}` : ''}`;
  return error.detail || t('error_failed');
}

export const isAbort = (error) => error?.name === 'AbortError';
