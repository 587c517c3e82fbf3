import { ConnectionRefused, type Transport } from '../ports/transport.ts'

/** The same transport; `onRefused` is told when the broker does not let the device in. */
export const tellRefusals = (transport: Transport, onRefused: () => void): Transport => ({
  connect: async (onDown) => {
    try {
      return await transport.connect(onDown)
    } catch (cause) {
      if (cause instanceof ConnectionRefused) onRefused()
      throw cause
    }
  },
})
