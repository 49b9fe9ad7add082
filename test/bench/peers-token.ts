/** Opens the fakes of this bench, and is good for nothing else. */
export const accessToken = 'bench-token'
