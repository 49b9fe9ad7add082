import type { WhiteLabelRow } from '../../core/store/store.ts'
import { masked } from '../schemas/credential.ts'
import type { WhiteLabelBody } from '../schemas/white-label.ts'
import { organizationId } from './organization.ts'

export function whiteLabelBody(whiteLabel: WhiteLabelRow): WhiteLabelBody {
  return {
    id: whiteLabel.id,
    name: whiteLabel.name,
    source_short_name: whiteLabel.shortName,
    redirect_url: whiteLabel.redirectUrl,
    client_id: whiteLabel.clientId,
    client_secret: masked,
    allowed_origins: whiteLabel.allowedOrigins.join(','),
    organization_id: organizationId,
    created_at: whiteLabel.createdAt,
    modified_at: whiteLabel.modifiedAt,
    created_by_email: null,
    modified_by_email: null,
  }
}
