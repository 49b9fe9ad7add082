/** Starts the API reference, from files of this machine alone. */

/** @type {{ SwaggerUIBundle(options: object): unknown }} */
const { SwaggerUIBundle } = /** @type {any} */ (globalThis)

SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  // The default sends the document to a validator in the Internet.
  validatorUrl: null,
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  tryItOutEnabled: true,
  // A key that is typed in lives as long as the page.
  persistAuthorization: false,
})

// Swagger UI's dark colours are there for the class alone; they follow the system's wish.
const dark = matchMedia('(prefers-color-scheme: dark)')
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
dark.addEventListener('change', follow)
follow()
