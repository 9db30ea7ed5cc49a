"""Every threshold of the doctor, with where it comes from. A number in a symptom has its origin here.

"List" is the list of checks that this package implements (`docs/doctor.md`), whose starting points come from
published tools (DeepLocalize, AutoTrainer, UMLAUT, NeuraLint, TheDeepChecker, TensorFlow's own warnings) and from
reasoning; "measured" says what healthy and sick trainings showed here.
"""

from __future__ import annotations

from typing import Final

# --- Does it learn at all? -------------------------------------------------------------------------------------------
# List: |loss - ln K| < 0.02 ln K counts as chance level.
CHANCE_LOSS: Final = 0.02
# List: accuracy within 3 binomial standard errors of always naming the largest class.
CHANCE_ERRORS: Final = 3.0
# List: at least 200 steps. Measured: a healthy network leaves the plateau within 20 to 100 steps.
CHANCE_STEPS: Final = 200
# List: on at least 1,000 images. Lowered: a binomial bound of 3 standard errors holds from about 200.
CHANCE_IMAGES: Final = 200
# List: two epochs at chance level are a failure; 400 steps are two times the shortest epoch that counts.
PLATEAU_EPOCHS: Final = 2
PLATEAU_STEPS: Final = 400
# List: accuracy that gains less than 0.01 per epoch over 3 epochs, below what a nearest-centroid rule reaches.
STALLED_GAIN: Final = 0.01
STALLED_EPOCHS: Final = 3
# Share of the way from chance to certainty from which on a network has learned its own images.
LEARNED: Final = 0.3
# ... and below which it does hardly better than guessing.
HARDLY: Final = 0.1

# --- A: inputs and labels --------------------------------------------------------------------------------------------
# List: uint8 / 255^2 ends at 0.0039; one division by 255 has a deviation of 0.25 to 0.35.
TWICE_SCALED_MAXIMUM: Final = 0.02
TWICE_SCALED_DEVIATION: Final = 0.005
# Two scalings in a row with a deviation below this are one too many; two that end near 1 (as /255 and then
# standardising) are usual and right.
CHAINED_DEVIATION: Final = 0.02
# List: a maximum above 20 or a mean beyond 5 is not scaled; standardised images lie within [-5, 5].
UNSCALED_MAXIMUM: Final = 20.0
UNSCALED_MEAN: Final = 5.0
# List: deviation of training to validation outside [0.5, 2], or ranges more than 10 times apart.
SPLIT_DEVIATION_RATIO: Final = 2.0
SPLIT_RANGE_RATIO: Final = 10.0
# The list asks for the means without a limit. Measured, in deviations of the training images: below 0.12 between splits
# of one source, 1.2 to 2.4 for inverted images, 2.8 for [-1, 1] against [0, 1].
SPLIT_MEAN_SHIFT: Final = 0.75
# A nearest-centroid rule that is right this much more often within each of two splits than from one to the other: the
# two are of different kinds. Measured: below 0.05 between splits of one source, 0.3 to 0.7 for images that were turned,
# mirrored or inverted. A hundred images place such a share within 0.05.
OTHER_KIND: Final = 0.2
KIND_IMAGES: Final = 100
# Of single batches the same is asked, at 8 images and more, whose mean strays by a third of the spread between images:
# 0.75 deviations are then five standard errors. Two batches, and a tenth of those watched, are no accident.
BATCH_IMAGES: Final = 8
ODD_BATCHES: Final = 0.1
# What the first layer's outputs say of its inputs: deviation of outputs over the norm of a unit's weights is the
# inputs' deviation. Measured: 0.1 to 1 for scaled images, 0.001 for images divided by 255 twice, 20 to 80 unscaled.
WEAK_INPUT: Final = 0.02
STRONG_INPUT: Final = 10.0
# List: a nearest-centroid rule at chance level on images that are known to be easy. Random labels give chance.
BASELINE_ERRORS: Final = 3.0
# Chance level must end this near, as a share of the way from chance to certainty, or too few images stand behind it:
# 400 images of ten classes reach 0.05, 100 of them 0.1.
SIGNAL_ROOM: Final = 0.12
# List: classes more than 10 times apart, and a class of which less than 0.3 is recognised.
IMBALANCE: Final = 10.0
# List: perplexity of the labels over the number of classes.
UNEVEN: Final = 0.5
POOR_RECALL: Final = 0.3
# Batches of one class each, beyond what chance makes of 8 images: nearly none where no class outnumbers the others.
ONE_CLASS_BATCHES: Final = 0.3
RECALL_IMAGES: Final = 5  # of a class among the probe's images: 0 of 5 right has p = 0.03 at a recall of one half
# A class is overlooked where the others are known and its images make the loss on all of them half as large again.
KNOWN_OTHERS: Final = 0.7
OVERLOOKED: Final = 1.5
# List: duplicates between splits above 0.1 % of the later split are remarkable, above 1 % its score is void.
OVERLAP_NOTABLE: Final = 0.001
OVERLAP_VOID: Final = 0.01

# --- B: loss, head, metric -------------------------------------------------------------------------------------------
# List: loss before the first step above 2 ln K and above 5 ln K.
FIRST_LOSS_HIGH: Final = 2.0
FIRST_LOSS_EXTREME: Final = 5.0
# List: reported against recomputed accuracy.
METRIC_DIFFERENCE: Final = 0.005
# Sums of probabilities in float32 are within 1e-6 of 1, in bfloat16 within 1e-2.
SUM_ERROR: Final = 2e-2
# An answer beside one other image against one among many: bfloat16 differs by 1e-2, a softmax along the images by all.
MIXED: Final = 0.1
# Cosine between the first step and the gradient of other images before it. Measured in sound trainings: -0.2 to -0.9.
UPHILL: Final = 0.05
# A loss that climbs little by little: means of eight steps, each above the one before by a factor between these two,
# from one near ln K on. Measured: 1.3 to 1.9 with gradients turned round under Adam; others jump in a step or two.
RISING_STEPS: Final = 8
RISING_BLOCKS: Final = 5
RISING: Final = 1.05
JUMPING: Final = 3.0
RISING_FIRST: Final = 1.5
# Steps before an accuracy below that of guessing counts: an average over fewer holds those of the untrained network.
UPHILL_STEPS: Final = 50
# ... and the loss must have moved by this share. Measured: 4 times and more uphill, below 0.01 with rates near 0.
UPHILL_MOVED: Final = 0.1

# --- C: comparison ---------------------------------------------------------------------------------------------------
# List: below half of ln K before the first step, the weights were trained before.
TRAINED_LOSS: Final = 0.5
# List: arms whose numbers of steps differ by more than 5 %.
BUDGET_DIFFERENCE: Final = 0.05
# List: one seed is a hint where the difference exceeds 3 standard errors; one never says "better".
SEEDS_FOR_A_CLAIM: Final = 2

# --- I: optimisation -------------------------------------------------------------------------------------------------
# List: loss above 2 times its best for 3 measurements. At least this often also above ln K: a loss that rises from
# 0.01 to 0.03 is overfitting, not divergence.
DIVERGING_FACTOR: Final = 2.0
DIVERGING_EPOCHS: Final = 3
# List: gradients above 100 times their median. Said here of the loss, which is on record for every epoch: an average of
# the first epoch that lies 100 times above the loss before the first step has seen steps that threw the network away.
BURST: Final = 100.0
# List: update ratio above 0.1; healthy ones lie near 1e-3 (Karpathy, CS231n, "Ratio of weights:updates"). Like the
# next ones it is about the kernel alone, over its norm before the step; see `relative_change`.
UPDATE_LARGE: Final = 0.1
# The healthy ratio of the same source, and how far from it a step counts as small or large where a run falls behind.
UPDATE_USUAL: Final = 1e-3
UPDATE_APART: Final = 3.0
# List: update ratio below 1e-5 and the loss falling by less than 2 % per epoch.
UPDATE_SMALL: Final = 1e-5
SLOW_LOSS: Final = 0.02
# List: half of a layer's units dead where the run does not learn; 0.9 also where it does.
DEAD_SHARE: Final = 0.5
DEAD_ALMOST_ALL: Final = 0.9
# List: gradient of the first over that of the last layer below 1e-3 and weights that change by less than 1e-4 an epoch.
VANISHING_RATIO: Final = 1e-3
FROZEN_CHANGE: Final = 1e-4
SATURATED_SHARE: Final = 0.9
# Spread across units over the root mean square of the weights; random weights give about 1.
EQUAL_UNITS: Final = 1e-3
# List: random starts with a deviation of 0.5 or more.
WIDE_START: Final = 0.5
# What a layer makes of the spread between images before the first step. Initialisers are made to keep it near 1
# (Glorot and Bengio 2010; He et al. 2015). Measured in 60 healthy networks: 0.18 to 1.5; with a constant or random
# normal start of 1 and more 10 to 130, with one of 0.001 0.01.
LOUD_GAIN: Final = 8.0
QUIET_GAIN: Final = 0.03
# The last layer's outputs vary this little over images: the network says the same of every image.
SAME_ANSWER: Final = 1e-3
# List: dropout of 0.7 or more; penalty above the loss itself for 3 epochs.
DROPOUT_HIGH: Final = 0.7
# What several dropouts in a row keep together. Sound deep networks (0.2 to 0.5 behind four groups) keep 0.17.
DROPOUT_KEPT: Final = 0.1
PENALTY_EPOCHS: Final = 3
# List: reversals of 0.03 in accuracy in a fifth of the epochs, after epoch 5.
SWING: Final = 0.03
SWING_SHARE: Final = 0.2
SWING_AFTER: Final = 5
# List: validation loss above 1.1 times its minimum for 3 epochs and an accuracy gap of 0.07.
OVERFIT_LOSS: Final = 1.1
OVERFIT_EPOCHS: Final = 3
OVERFIT_GAP: Final = 0.07
# List: training loss still falling by more than 1 % per epoch over the last fifth, validation not rising.
STILL_FALLING: Final = 0.01
TAIL_SHARE: Final = 0.2
# Accuracy that still rises by so much per epoch at the end: something made the training too short for its length.
STEEP_GAIN: Final = 0.05
# Share of the way from chance to certainty, or to a rule without training, that counts as nearly all of it.
NEAR: Final = 0.8
# List: accuracy on the same rows, training mode against evaluation, more than 0.10 apart.
MODE_GAP: Final = 0.10
# A lead of validation over training accuracy that is worth a word; below it nobody asks.
AHEAD: Final = 0.01
# More than half of the validation images among the training images: not copies, but the same rows.
OVERLAP_SAME_ROWS: Final = 0.5
# Growth of a layer's weights over their start. Measured: below 3 in healthy runs of 20 epochs, 10 to 1,000 with rates
# far too high.
WEIGHT_GROWTH: Final = 5.0
# Change of the weights in the first epoch, over their size. Measured: below 0.6 in sound trainings, 2.5 with 100 times
# the rate.
MOVED: Final = 1.0
# Change of every layer's weights over an epoch of a run that does not learn: above it, the rate is not to blame.
EPOCH_SMALL: Final = 0.02
# ... and below this one nothing was trained, however few steps there were. Measured: 0.01 and more in sound trainings.
UNMOVED: Final = 1e-3
# A bound on gradients that lies a hundred times below them, or a schedule that leaves a hundredth of the rate: a rate
# ten times higher would have to be tried twice to undo it.
CLIPPED: Final = 0.01
SCHEDULED_AWAY: Final = 0.01
# List: three hidden layers of sigmoid with SGD are the textbook case. The slope of a sigmoid is at most 1/4, so three
# of them take a gradient to 1/64 at best; weights and inputs of different size make it a little more or less.
FLATTENING_LAYERS: Final = 3
VANISHING_RATIO_DEEP: Final = 1 / 32
# ... and the first layer's weights then change by less than a tenth of what the last one's do. Measured: 0.01 to 0.06
# behind three to five sigmoids with SGD, 0.5 to 4 in healthy networks.
FROZEN_RATIO: Final = 0.1
# Two sigmoids behind a first one pass at most 1/16 of the spread between images, one at most 1/4; halfway between.
FLATTENED_SIGNAL: Final = 1 / 8
# Weights under a penalty that shrink below this share of their start: measured 0.7 and more with healthy penalties.
SHRUNK: Final = 0.5
# Batch normalisation with Keras's momentum of 0.99 has forgotten its start after 500 steps: 0.99^500 = 0.007.
USUAL_MOMENTUM: Final = 0.99
MODE_LEFT: Final = 0.0066
# ... and where a slower momentum holds more than half of its start at the end, evaluation is about another network.
MODE_STILL: Final = 0.5

# --- The audit of scripts and notebooks ------------------------------------------------------------------------------
# A factor that makes values ten times smaller is a scaling; 1/255 and 1/127.5 are the usual ones.
SHRINKING_DIVISOR: Final = 10.0
# Pixels are divided by 127.5, 128, 255 or 256.
PIXEL_DIVISOR: Final = 100.0
# Two divisions by 255 leave a width of 0.004, and 0.008 where one was by 127.5; two by 16 (the 8 x 8 digits) 0.06.
TWICE_SCALED_WIDTH: Final = 0.08
# [0, 1] against [-1, 1] is a factor of 2; 255 against 256 is none.
SPLIT_WIDTH_RATIO: Final = 1.9
# The same width somewhere else, as [0, 1] against [-0.5, 0.5]: half a width apart.
SPLIT_SHIFT: Final = 0.4
# Sigmoid and tanh layers in a row before their gradients vanish under plain SGD (list).
SATURATING_LAYERS: Final = 3
