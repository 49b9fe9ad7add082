/** What is asked of each kind of object (`opt_fields`), and what of it is kept. */

const customFields = [
  'custom_fields.name',
  'custom_fields.display_value',
  'custom_fields.text_value',
  'custom_fields.number_value',
  'custom_fields.enum_value.name',
  'custom_fields.multi_enum_values.name',
  'custom_fields.date_value.date',
  'custom_fields.date_value.date_time',
]

export const workspaceFields = ['name', 'is_organization', 'email_domains']

export const projectFields = [
  'name',
  'archived',
  'completed',
  'completed_at',
  'created_at',
  'modified_at',
  'start_on',
  'due_on',
  'notes',
  'html_notes',
  'owner',
  'team.name',
  'privacy_setting',
  'permalink_url',
  'current_status_update.title',
  ...customFields,
]

export const sectionFields = ['name', 'created_at']

export const userFields = ['name']

/**
 * What is kept of a task. Names of projects, sections and parents are in the breadcrumbs: here they would grow old
 * unnoticed. Likes and counts of subtasks change without the task.
 */
export const keptTaskFields = [
  'name',
  'resource_subtype',
  'approval_status',
  'assignee.name',
  'completed',
  'completed_at',
  'completed_by.name',
  'created_at',
  'created_by',
  'modified_at',
  'start_on',
  'start_at',
  'due_on',
  'due_at',
  'notes',
  'html_notes',
  'dependencies',
  'memberships.project',
  'memberships.section',
  'parent',
  'tags.name',
  'permalink_url',
  ...customFields,
  'custom_fields.people_value.name',
]

export const taskFields = [
  ...keptTaskFields,
  'memberships.project.name',
  'memberships.section.name',
  'num_subtasks',
  'parent.name',
  'projects',
  'workspace',
]

export const commentFields = [
  'type',
  'resource_subtype',
  'created_at',
  'created_by.name',
  'text',
  'html_text',
  'is_edited',
  'is_pinned',
  'sticker_name',
]

export const keptAttachmentFields = [
  'name',
  'resource_subtype',
  'host',
  'created_at',
  'size',
  'permanent_url',
  'view_url',
]

/** `download_url` lives for two minutes: it is used at once and never kept. */
export const attachmentFields = [...keptAttachmentFields, 'download_url']
