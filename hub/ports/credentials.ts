/** A hub's token as the command line keeps it. */
export type Credential = {
  readonly user: string
  readonly token: string
  /** PEM of the authority that signed the hub's certificate, when it is not a public one. */
  readonly certificateAuthority?: string | undefined
}

/** Where the command line's tokens lie. */
export type Credentials = {
  /** FLEETCAST_TOKEN, else the demo's file, else the person's own. */
  readonly find: (hub: string) => Promise<Credential | null>
  /** Keeps or forgets the person's own; answers with the file. */
  readonly keep: (hub: string, credential: Credential | null) => Promise<string>
}
