const own = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

/** On every answer, the smallest error included: browsers load our own files only, and guess no type. */
export const answerHeaders = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': own,
  // Not `no-referrer`: browsers would then hide from us that our own forms come from our own pages (Fetch, 3.2).
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
} as const

/** Of the page of the API reference alone: Swagger UI has its icons in its style sheet (`data:`). */
export const docsPolicy = `${own}; img-src 'self' data:`
