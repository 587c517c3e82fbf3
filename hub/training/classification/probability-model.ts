/** Log odds -> a probability that comes true as often as it says, as a model like any other. */
import type { TrainedModel } from '../trained-model.ts'
import { calibrate, emitCalibration, type Calibration } from './calibration.ts'

export const probabilityModel = (score: TrainedModel, calibration: Calibration): TrainedModel => ({
  ...score,
  predict: (matrix) => calibrate(calibration, score.predict(matrix)),
  emit: (graph, features) => emitCalibration(graph, score.emit(graph, features), calibration),
})
