import type { CollectionView, SourceInfo } from '../../../core/inlet.ts'
import type { PassageHit, SearchHit } from '../../../core/store/store.ts'
import { type Filled, input, select } from '../form.ts'
import { type Html, html, icon, snippetHtml } from '../html.ts'
import { page } from '../layout.ts'
import { type Found, searchPath, type Wanted } from '../search.ts'
import { timeHtml, typeWords } from '../words.ts'

export interface SearchPage {
  wanted: Wanted
  found: Found
  collections: readonly CollectionView[]
  /** Those that are connected. */
  sources: readonly SourceInfo[]
  now: number
}

export function searchPage(given: SearchPage): Html {
  const { wanted, collections, sources } = given
  const filled: Filled = { values: new URLSearchParams({ ...wanted, page: '' }), errors: {} }
  const types = [...new Set(sources.flatMap(({ source }) => [...source.entityTypes]))]
  const all = (title: string) => ({ value: '', title })
  const isNarrowed = [wanted.collection, wanted.source, wanted.type, wanted.from, wanted.to].some(value => value !== '')
  const content = html`<h1>Search</h1>
<form method="get" action="/search" role="search" data-search>
<div class="searchbar">
<label class="unseen" for="query">Search for</label>
<input id="query" name="query" type="search" value="${wanted.query}" placeholder="Search everything" autocomplete="off" autofocus>
<button class="primary">${icon('search')}Search</button>
</div>
<details${isNarrowed ? html` open` : ''}>
<summary>Filters</summary>
<div class="filters">
${select({ name: 'collection', title: 'Collection', filled }, [all('All collections'), ...collections.map(({ readableId, name }) => ({ value: readableId, title: name }))])}
${select({ name: 'source', title: 'Source', filled }, [all('All sources'), ...sources.map(({ source }) => ({ value: source.shortName, title: source.title }))])}
${select({ name: 'type', title: 'Kind', filled }, [all('All kinds'), ...types.map(type => ({ value: type, title: typeWords(type) }))])}
${input({ name: 'from', title: 'From', type: 'date', filled })}
${input({ name: 'to', title: 'To', type: 'date', filled })}
</div>
</details>
</form>
<div id="results" data-results>${results(given)}</div>`
  return page({ title: wanted.query === '' ? 'Search' : `${wanted.query} · Search`, at: 'search', content })
}

function results({ wanted, found, sources, now }: SearchPage): Html {
  const { hits, hasMore } = found
  const what = wanted.query.trim() === '' ? 'The newest' : 'Found'
  const pages = html`${wanted.page > 1 ? html`<a class="button plain" rel="prev" href="${searchPath(wanted, wanted.page - 1)}">Previous</a>` : ''}
${hasMore ? html`<a class="button plain" rel="next" href="${searchPath(wanted, wanted.page + 1)}">Next</a>` : ''}`
  return html`<h2 class="unseen">Results</h2>
<p class="quiet" data-summary>${summary(wanted, found, what)}</p>
<ol class="hits">${hits.map(hit => html`<li>${hitHtml(hit, sources, now)}</li>`)}</ol>
<nav class="actions" aria-label="Pages of results">${pages}</nav>`
}

function summary({ page: number, query }: Wanted, { hits, hasMore }: Found, what: string): string {
  if (hits.length === 0 && query.trim() === '') return 'Nothing is here yet: connect a source, and let it run.'
  if (hits.length === 0)
    return number > 1 ? 'There is no more.' : 'Nothing was found. Try fewer or other words, or fewer filters.'
  const place = number > 1 ? `, page ${number}` : ''
  return `${what}: ${hits.length}${hasMore ? ' and more' : ''}${place}`
}

function hitHtml({ entity, passages }: SearchHit, sources: readonly SourceInfo[], now: number): Html {
  const source = sources.find(info => info.source.shortName === entity.sourceName)?.source.title ?? entity.sourceName
  const at = entity.updatedAt ?? entity.createdAt
  const name = entity.name.trim() || 'Without a name'
  const url = webAddress(entity.url)
  const path = entity.breadcrumbs.map(crumb => crumb.name).join(' / ')
  return html`<article class="hit">
<h3>${
    url === undefined
      ? name
      : html`<a href="${url}" target="_blank" rel="noreferrer noopener">${name}${icon('external')}<span class="unseen">(opens ${source} in a new tab)</span></a>`
  }</h3>
${passages.length > 1 ? html`<ul class="passages" aria-label="Where it was found">${passages.map(passage => html`<li>${passageHtml(passage)}</li>`)}</ul>` : passages.map(passageHtml)}
<p class="quiet">${source} · ${typeWords(entity.entityType)}${entity.author ? html` · ${entity.author}` : ''}${path ? html` · ${path}` : ''}${at ? html` · ${timeHtml(at, now)}` : ''}</p>
</article>`
}

/** Where it is, as far as that can be told, before what is there. */
function passageHtml({ snippet, page: number, heading }: PassageHit): Html {
  const place = [number === null ? '' : `Page ${number}`, heading ?? ''].filter(part => part !== '').join(' · ')
  return html`<p class="snippet">${place === '' ? '' : html`<span class="place">${place}</span> `}${snippetHtml(snippet)}</p>`
}

/** What a provider gave as a link may be anything: only what a browser opens as a page is one. */
function webAddress(url: string | null): string | undefined {
  if (url === null || !URL.canParse(url)) return undefined
  const { protocol, href } = new URL(url)
  return protocol === 'https:' || protocol === 'http:' ? href : undefined
}
