import { InvalidArgumentError } from 'commander'

/** The value of an option that counts something. */
export const wholeNumber = (text: string): number => {
  const value = Number(text)
  if (!Number.isInteger(value)) throw new InvalidArgumentError('it must be a whole number')
  return value
}
