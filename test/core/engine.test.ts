import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Failure } from '../../core/errors.ts'
import { checkpoint, gone, note, type ScriptedPlugin, scriptedPlugin } from '../support/scripted-source.ts'
import { createHarness, type Harness } from '../support/sync-harness.ts'

let plugin: ScriptedPlugin
let harness: Harness

beforeEach(async () => {
  plugin = scriptedPlugin()
  harness = await createHarness({ plugin, shortName: 'scripted', endpoints: plugin.endpoints })
})

afterEach(() => harness.close())

async function ids(): Promise<string[]> {
  return [...(await harness.entities()).values()].map(({ entityId }) => entityId).sort()
}

/** A full listing of these notes that ends in a cursor. */
async function list(...names: string[]): Promise<void> {
  plugin.script = async function* () {
    for (const name of names) yield note(name)
    yield checkpoint({ at: names.length })
  }
  await harness.run()
}

describe('a run', () => {
  it('begins without a cursor and goes on from the last checkpoint', async () => {
    await list('a', 'b')
    plugin.script = async function* () {
      yield checkpoint('later')
    }
    const quiet = await harness.run()
    expect(plugin.cursors).toEqual([undefined, { at: 2 }])
    expect(quiet).toMatchObject({ inserted: 0, updated: 0, deleted: 0, kept: 0 })
    expect(await harness.cursor()).toBe('later')
    expect(await ids()).toEqual(['a', 'b'])
  })

  it('counts what it did', async () => {
    await list('a', 'b', 'c')
    plugin.script = async function* () {
      yield note('a')
      yield note('b', { name: 'renamed' })
      yield gone('c')
      yield gone('never there')
      yield note('d')
      yield checkpoint(2)
    }
    expect(await harness.run()).toMatchObject({
      inserted: 1,
      updated: 1,
      deleted: 1,
      kept: 1,
      encountered: { note: 3 },
    })
    expect(await ids()).toEqual(['a', 'b', 'd'])
  })

  it('counts what a source has found as it is stored, and does not take it for a change', async () => {
    await list('a', 'b')
    plugin.script = async function* () {
      yield note('a', { name: 'renamed' })
      yield { type: 'keep', entityType: 'note', id: 'a' }
      yield { type: 'keep', entityType: 'note', id: 'b' }
      yield { type: 'keep', entityType: 'note', id: 'never there' }
      yield checkpoint(2)
    }
    expect(await harness.run()).toMatchObject({ inserted: 0, updated: 1, kept: 1, encountered: { note: 2 } })
    expect([...(await harness.entities()).values()].map(({ name }) => name).sort()).toEqual(['note b', 'renamed'])
  })

  it('takes thousands in batches, each counted once', async () => {
    plugin.script = async function* () {
      for (let index = 0; index < 2300; index++) yield note(`n${index}`)
      yield checkpoint(1)
    }
    expect(await harness.run()).toMatchObject({ inserted: 2300, encountered: { note: 2300 } })
    expect((await harness.entities()).size).toBe(2300)
  })

  it('keeps a checkpoint as it was when it was yielded', async () => {
    plugin.script = async function* () {
      const cursor = { seen: ['a'] }
      yield note('a')
      yield checkpoint(cursor)
      cursor.seen.push('b')
      throw new Failure('bad_response', 'the end')
    }
    await expect(harness.run()).rejects.toThrow('the end')
    expect(await harness.cursor()).toEqual({ seen: ['a'] })
  })

  it('refuses an entity type that the source does not declare', async () => {
    plugin.script = async function* () {
      yield note('a', { entityType: 'surprise' })
    }
    await expect(harness.run()).rejects.toThrow('undeclared entity type "surprise"')
  })

  it('shows a source what the store holds, its own changes included', async () => {
    const seen: string[] = []
    await list('x/1', 'x/2', 'y/1')
    plugin.script = async function* (context) {
      yield note('x/3')
      yield gone('x/1')
      for await (const known of context.known({ entityType: 'note', parent: 'x' })) seen.push(known.id)
      for await (const known of context.known({ fromId: 'x/3', toId: 'y' })) seen.push(known.id)
    }
    await harness.run()
    expect(seen).toEqual(['x/2', 'x/3', 'x/3'])
  })

  it('shows it also where several ask at once while it is being written', async () => {
    const { commit } = harness.store
    const written: number[] = []
    const first = Promise.withResolvers<void>()
    const spy = vi.spyOn(harness.store, 'commit').mockImplementation(async batch => {
      written.push(batch.writes.length)
      if (written.length === 1) await first.promise
      return commit(batch)
    })
    const seen: string[][] = []
    plugin.script = async function* (context) {
      const namesOf = async (id: string) => {
        const names: string[] = []
        for await (const { name } of context.known({ entityType: 'note', id })) names.push(name)
        return names
      }
      yield note('a')
      const early = namesOf('a')
      yield note('b')
      const late = [namesOf('b'), namesOf('b')]
      first.resolve()
      await early
      seen.push(await namesOf('b'), ...(await Promise.all(late)))
    }
    await harness.run()
    spy.mockRestore()
    expect(seen).toEqual([['note b'], ['note b'], ['note b']])
    // An empty one would make the second look as if it were over.
    expect(written).toEqual([1, 1])
  })

  it('writes nothing to show a source what the store holds, where the source has changed nothing', async () => {
    await list('a', 'b')
    const commit = vi.spyOn(harness.store, 'commit')
    const commits: number[] = []
    plugin.script = async function* (context) {
      for (const id of ['a', 'b']) {
        yield { type: 'keep', entityType: 'note', id }
        for await (const known of context.known({ entityType: 'note' })) expect(known.name).toBeDefined()
        commits.push(commit.mock.calls.length)
      }
      yield note('b', { name: 'renamed' })
      for await (const known of context.known({ entityType: 'note', id: 'b' })) expect(known.name).toBe('renamed')
      commits.push(commit.mock.calls.length)
    }
    expect(await harness.run()).toMatchObject({ kept: 1, updated: 1 })
    expect(commits).toEqual([0, 0, 1])
    commit.mockRestore()
  })
})

describe('a full listing', () => {
  it('deletes what it did not see', async () => {
    await list('a', 'b', 'c')
    plugin.script = async function* (_context, cursor) {
      if (cursor) throw new Failure('cursor_expired', 'too old')
      yield note('b')
      yield checkpoint('new')
    }
    expect(await harness.run()).toMatchObject({ deleted: 2, kept: 1 })
    expect(await ids()).toEqual(['b'])
    expect(plugin.cursors).toEqual([undefined, { at: 3 }, undefined])
  })

  it('does not delete what its source has found as it is stored', async () => {
    await list('a', 'b', 'c')
    await harness.configure({ only: 'other' })
    plugin.script = async function* () {
      yield note('a')
      yield { type: 'keep', entityType: 'note', id: 'b' }
      yield checkpoint(2)
    }
    expect(await harness.run()).toMatchObject({ deleted: 1, kept: 2 })
    expect(await ids()).toEqual(['a', 'b'])
  })

  it('deletes nothing when it fails, and keeps what it brought', async () => {
    await list('a', 'b')
    plugin.script = async function* (_context, cursor) {
      if (cursor) throw new Failure('cursor_expired', 'too old')
      yield note('c')
      throw new Failure('bad_response', 'nonsense')
    }
    await expect(harness.run()).rejects.toThrow('nonsense')
    expect(await ids()).toEqual(['a', 'b', 'c'])
  })

  it('resumes at its checkpoint, and then sweeps by all it has seen in both runs', async () => {
    await list('a', 'b', 'gone')
    plugin.script = async function* (_context, cursor) {
      if (cursor) throw new Failure('cursor_expired', 'too old')
      yield note('a')
      yield checkpoint('half')
      throw new Failure('unavailable', 'down')
    }
    await expect(harness.run()).rejects.toThrow('down')
    plugin.script = async function* () {
      yield note('b')
      yield checkpoint('whole')
    }
    expect(await harness.run()).toMatchObject({ deleted: 1 })
    expect(plugin.cursors.at(-1)).toBe('half')
    expect(await ids()).toEqual(['a', 'b'])
  })

  it('that never reached a checkpoint begins anew, and its marks count for nothing', async () => {
    await list('a', 'b')
    plugin.script = async function* (_context, cursor) {
      if (cursor) throw new Failure('cursor_expired', 'too old')
      yield note('a')
      throw new Failure('unavailable', 'down')
    }
    await expect(harness.run()).rejects.toThrow('down')
    plugin.script = async function* () {
      yield note('b')
      yield checkpoint('whole')
    }
    await harness.run()
    expect(plugin.cursors.at(-1)).toBeUndefined()
    expect(await ids()).toEqual(['b'])
  })

  it('is forced by other filters, and what does not match any more is deleted', async () => {
    await list('a', 'b')
    await harness.configure({ only: 'a' })
    plugin.script = async function* () {
      yield note('a')
      yield checkpoint('filtered')
    }
    expect(await harness.run()).toMatchObject({ deleted: 1 })
    expect(plugin.cursors.at(-1)).toBeUndefined()
    expect(await ids()).toEqual(['a'])
  })

  it('fails when the provider forgets each cursor it gives', async () => {
    plugin.script = async function* () {
      yield note('a')
      throw new Failure('cursor_expired', 'too old')
    }
    await expect(harness.run()).rejects.toMatchObject({ code: 'bad_response' })
    expect(plugin.cursors.length).toBe(4)
  })

  const scopes = [
    { what: 'one entity', scope: { entityType: 'note', id: 'p/1' }, left: ['a', 'p/1'] },
    { what: 'what has a parent in its id', scope: { parent: 'p' }, left: ['a', 'p/1', 'p/2'] },
    { what: 'what has a parent in its breadcrumbs', scope: { parent: 'box' }, left: ['a', 'q'] },
    { what: 'a type', scope: { entityType: 'note' }, left: ['a', 'p/1', 'p/2', 'q'] },
    { what: 'everything', scope: {}, left: ['a', 'f', 'p/1', 'p/2', 'q'] },
  ]

  it.each(scopes)('never deletes what was skipped: $what', async ({ scope, left }) => {
    plugin.script = async function* () {
      yield note('a')
      yield note('p/1')
      yield note('p/2')
      yield note('q', { breadcrumbs: [{ entityId: 'box', name: 'Box', entityType: 'folder' }] })
      yield note('f', { entityType: 'folder' })
      yield checkpoint(1)
    }
    await harness.run()
    plugin.script = async function* (context, cursor) {
      if (cursor === 1) throw new Failure('cursor_expired', 'too old')
      if (cursor === undefined) {
        context.skip(scope, new Failure('item_forbidden', 'no'))
        yield checkpoint('half')
        throw new Failure('unavailable', 'down')
      }
      yield note('a')
      yield checkpoint('whole')
    }
    await expect(harness.run()).rejects.toThrow('down')
    // The skip is remembered across the interruption.
    expect(await harness.run()).toMatchObject({ skipped: 0 })
    expect(await ids()).toEqual(left)
  })

  it('does not let a source skip what concerns no item', async () => {
    plugin.script = async function* (context) {
      context.skip({}, new Failure('unavailable', 'down'))
    }
    await expect(harness.run()).rejects.toThrow('down')
  })
})

describe('a run that is stopped', () => {
  it('ends with the reason, keeps what was yielded, and deletes nothing', async () => {
    await list('a', 'b')
    const abort = new AbortController()
    plugin.script = async function* (context) {
      yield note('c')
      yield checkpoint('half')
      abort.abort(new Failure('cancelled', 'enough'))
      context.signal.throwIfAborted()
    }
    await expect(harness.run({ signal: abort.signal })).rejects.toMatchObject({ code: 'cancelled' })
    expect(await ids()).toEqual(['a', 'b', 'c'])
    expect(await harness.cursor()).toBe('half')
  })
})

describe('a run with a one-off token', () => {
  const everything = async function* () {
    yield note('a', { name: 'changed' })
    yield gone('b')
    yield note('new')
    yield checkpoint('theirs')
  }

  it('of an unknown account adds and updates, deletes nothing, and leaves the cursor alone', async () => {
    await list('a', 'b', 'c')
    plugin.script = everything
    expect(await harness.run({ override: { proven: false } })).toMatchObject({ inserted: 1, updated: 1, deleted: 0 })
    expect(plugin.cursors.at(-1)).toBeUndefined()
    expect(await harness.cursor()).toEqual({ at: 3 })
    expect(await ids()).toEqual(['a', 'b', 'c', 'new'])
  })

  it('of the connection’s own account deletes as any full listing, and leaves the cursor alone', async () => {
    await list('a', 'b', 'c')
    plugin.script = everything
    expect(await harness.run({ override: { proven: true } })).toMatchObject({ deleted: 2 })
    expect(await harness.cursor()).toEqual({ at: 3 })
    expect(await ids()).toEqual(['a', 'new'])
  })

  it('in the middle of an interrupted listing does not make that one delete what it saw', async () => {
    await list('a', 'b')
    plugin.script = async function* (_context, cursor) {
      if (cursor && cursor !== 'half') throw new Failure('cursor_expired', 'too old')
      yield note('a')
      yield checkpoint('half')
      throw new Failure('unavailable', 'down')
    }
    await expect(harness.run()).rejects.toThrow('down')
    plugin.script = async function* () {
      yield note('a')
      yield note('b')
    }
    await harness.run({ override: { proven: true } })
    plugin.script = async function* () {
      yield checkpoint('whole')
    }
    expect(await harness.run()).toMatchObject({ deleted: 0 })
    expect(await ids()).toEqual(['a', 'b'])
  })
})
