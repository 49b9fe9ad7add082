/** What a check came to: one line of the doctor's report. */
export interface Finding {
  check: string
  /** `bad` keeps something from working; a `warning` may, later or for someone else. */
  state: 'good' | 'warning' | 'bad'
  says: string
  /** What to do about it. */
  mend?: string | undefined
}

export const good = (check: string, says: string): Finding => ({ check, state: 'good', says })
export const warning = (check: string, says: string, mend: string): Finding => ({ check, state: 'warning', says, mend })
export const bad = (check: string, says: string, mend: string): Finding => ({ check, state: 'bad', says, mend })
