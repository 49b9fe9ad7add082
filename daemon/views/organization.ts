import { namedUuid } from '../../core/identifiers.ts'

/** Clients expect the id of an organization; a person's own machine is one. */
export const organizationId = namedUuid('organization')
