/**
 * Operators that a device runs of a model made elsewhere: those that scikit-learn, PyTorch, TensorFlow and boosted trees are
 * exported to for tables and sequences. Each takes a time that its input's size bounds, gives the same output each time, and reads
 * nothing but its inputs.
 */
const words = (text: string): readonly string[] => text.trim().split(/\s+/)

const ARITHMETIC = words(`
  Abs Acos Acosh Add And Asin Asinh Atan Atanh Ceil Clip Cos Cosh Div Equal Erf Exp Floor Greater GreaterOrEqual IsInf IsNaN
  Less LessOrEqual Log Max Mean Min Mod Mul Neg Not Or Pow Reciprocal Round Sign Sin Sinh Sqrt Sub Sum Tan Where Xor
`)
const ACTIVATIONS = words(`
  Celu Elu Gelu HardSigmoid HardSwish Hardmax LeakyRelu LogSoftmax Mish PRelu Relu Selu Sigmoid Softmax Softplus Softsign Tanh
  ThresholdedRelu
`)
const LAYERS = words(`
  AveragePool BatchNormalization Conv Dropout Einsum GRU Gemm GlobalAveragePool GlobalMaxPool GroupNormalization
  InstanceNormalization LSTM LayerNormalization LpNormalization MatMul MaxPool MeanVarianceNormalization RNN
`)
const QUANTISED = words('DequantizeLinear DynamicQuantizeLinear MatMulInteger QuantizeLinear')
const REDUCTIONS = words(`
  ArgMax ArgMin CumSum ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum
  ReduceSumSquare TopK
`)
/** ConstantOfShape, Expand and Tile take a size as a value; the memory budget of the device's trial is what bounds them. */
const SHAPES = words(`
  Cast CastLike Concat Constant ConstantOfShape Expand Flatten Gather GatherElements GatherND Identity Pad Reshape
  ScatterElements ScatterND Shape Size Slice Split Squeeze Tile Transpose Trilu Unsqueeze
`)

export const STANDARD_OPERATORS: ReadonlySet<string> = new Set([
  ...ARITHMETIC,
  ...ACTIVATIONS,
  ...LAYERS,
  ...QUANTISED,
  ...REDUCTIONS,
  ...SHAPES,
])

export const ML_OPERATORS: ReadonlySet<string> = new Set(
  words(`
    ArrayFeatureExtractor Binarizer FeatureVectorizer Imputer LabelEncoder LinearClassifier LinearRegressor Normalizer
    OneHotEncoder SVMClassifier SVMRegressor Scaler TreeEnsemble TreeEnsembleClassifier TreeEnsembleRegressor
  `),
)

const CONTROL_FLOW = 'its time has no bound that can be read from the file'
const CHANCE = 'a forecast must come out the same each time'

/** Why an operator is not on the list, where there is more to say than that. */
export const REASONS: ReadonlyMap<string, string> = new Map([
  ...words('If Loop Scan SequenceMap').map((name) => [name, CONTROL_FLOW] as const),
  ...words('Bernoulli Multinomial RandomNormal RandomNormalLike RandomUniform RandomUniformLike').map(
    (name) => [name, CHANCE] as const,
  ),
  ['ZipMap', 'export a classifier with options={"zipmap": False}, so that probabilities are a tensor'],
])
