/**
 * What the official clients' own types say of answers, for the compiler to hold real answers against. Nothing is
 * copied from those types: a member that a new version adds is asked for at once.
 */
import type { AirweaveSDK as First, AirweaveSDKClient as FirstClient } from 'sdk1'
import type { AirweaveSDK as Todays, AirweaveSDKClient as TodaysClient } from 'sdk7'

interface Clients {
  sdk1: FirstClient
  sdk7: TodaysClient
}

/** What a method promises to answer; no value fits where that is not known. */
export type AnswerOf<Client extends string, Resource extends string, Method extends string> = Known<
  Clients extends Record<Client, Record<Resource, Record<Method, (...given: never) => PromiseLike<infer Answer>>>>
    ? Answer
    : never
>

type Known<Answer> = 0 extends Answer & 1 ? never : Sent<Answer>

/**
 * As it comes as JSON: what may be absent may be null as well, as it is with Airweave itself. Everything else is as
 * the type says, but for three vocabularies: the two clients' words differ, and inlet has one vocabulary for both.
 */
export type Sent<Type> =
  Same<Type, First.SourceConnectionStatus> extends true
    ? Type | ConnectionWords
    : Same<Type, Todays.SourceConnectionStatus> extends true
      ? Type | ConnectionWords
      : Same<Type, Todays.SyncJobStatus> extends true
        ? Type | 'in_progress'
        : Same<Type, Todays.CollectionStatus> extends true
          ? Type | 'PARTIAL ERROR'
          : Members<Type>

type ConnectionWords = 'in_progress' | 'failing' | 'needs_reauth' | 'pending_auth'

type Members<Type> = Type extends (infer Item)[]
  ? Sent<Item>[]
  : Type extends object
    ? {
        [Name in keyof Type]: undefined extends Type[Name]
          ? Sent<Exclude<Type[Name], undefined>> | null
          : Sent<Type[Name]>
      }
    : Type

type Same<One, Other> = [One] extends [Other] ? ([Other] extends [One] ? true : false) : false
