# %% [markdown]
# # 2. A linear classifier and its optimizer
#
# A linear classifier: one weight for every pixel and class. Which optimizer suits it, with which learning rate, and do
# more epochs help?

# %%
from division import x_test, x_train, x_validation, y_test, y_train, y_validation
from opening import EPOCHS, LIMIT, asked_for, keras, np, plt

# %% [markdown]
# ## The model
#
# Every seed draws other initial weights and another order of images.


# %%
def linear_classifier(optimizer, seed):
    keras.utils.set_random_seed(seed)
    # Your turn: after the input, flatten the image, then one Dense layer of 10 with softmax.
    # exercise: model = keras.Sequential([keras.Input(x_train.shape[1:]), keras.layers.Flatten()])
    ### BEGIN SOLUTION
    model = keras.Sequential(
        [keras.Input(x_train.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    )
    ### END SOLUTION
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


# %%
# Check
with asked_for("`linear_classifier` must give back a compiled model."):
    model = linear_classifier("adam", 0)
    assert model.output_shape == (None, 10), f"The network must end in 10 numbers, but ends in {model.output_shape}."
    assert model.count_params() == 10 * x_train[0].size + 10, "One weight for every pixel and class, and ten biases."
    total = float(keras.ops.sum(model(x_train[:1])))
    assert abs(total - 1) < 1e-4, "The ten numbers of an image must add up to 1: is there a softmax?"

# %% [markdown]
# ## The training


# %%
def train(optimizer, seed, epochs):
    model = linear_classifier(optimizer, seed)
    history = model.fit(
        x_train, y_train, validation_data=(x_validation, y_validation), batch_size=128, epochs=epochs, verbose=0
    )
    return model, history.history


# %% [markdown]
# ## Seven arms
#
# One run per arm would not do: two runs of the same arm differ as well. Each arm is trained with several seeds.

# %%
SEEDS = (0, 1, 2)
OPTIMIZERS = {"SGD": keras.optimizers.SGD, "Adam": keras.optimizers.Adam, "RMSprop": keras.optimizers.RMSprop}
ARMS = [("SGD", rate) for rate in (0.001, 0.01, 0.1)]
ARMS += [(name, rate) for name in ("Adam", "RMSprop") for rate in (0.001, 0.01)]

accuracy, models = {}, {}
for name, rate in ARMS:
    for seed in SEEDS:
        model, history = train(OPTIMIZERS[name](learning_rate=rate), seed, EPOCHS)
        models[name, rate, seed] = model
        accuracy[name, rate, seed] = history["val_accuracy"][-1]
    found = [accuracy[name, rate, seed] for seed in SEEDS]
    print(f"{name:8} {rate:<6} validation accuracy {np.mean(found):.4f}, from {min(found):.4f} to {max(found):.4f}")

# %% [markdown]
# ## Can the best two be told apart?
#
# Runs with the same seed start from the same weights, so their difference is taken seed by seed. Its mean divided by
# its standard error is Student's t; with three seeds, a value beyond 4.3 happens by chance in one case of twenty. That
# speaks of other seeds on these very validation images; other images would move the difference, too.


# %%
def mean_accuracy(arm):
    return np.mean([accuracy[(*arm, seed)] for seed in SEEDS])


ranked = sorted(ARMS, key=mean_accuracy, reverse=True)
best, second = ranked[:2]
# Your turn: the differences by seed, an array, and the standard error of their mean.
# exercise: difference, error = np.zeros(0), None
### BEGIN SOLUTION
difference = np.array([accuracy[(*best, seed)] - accuracy[(*second, seed)] for seed in SEEDS])
error = difference.std(ddof=1) / np.sqrt(len(SEEDS))
### END SOLUTION

# %%
# Check
with asked_for("An array is asked for, `difference`, and a number, `error`."):
    assert len(difference) == len(SEEDS), "There must be one difference for each seed."
    assert np.isclose(difference.mean(), mean_accuracy(best) - mean_accuracy(second)), "Take the best minus the second."
    assert np.isclose(error, np.std(difference, ddof=1) / len(SEEDS) ** 0.5), "Deviation (n - 1) by the root of n."

# %%
print(f"{best} minus {second}: {difference.mean():.4f}, standard error {error:.4f}")
print("by seed:", np.round(difference, 4))

# %% [markdown]
# ## More epochs
#
# The Adam and RMSprop arms again, for four times as long.

# %%
for name, rate in ARMS[3:]:
    _, history = train(OPTIMIZERS[name](learning_rate=rate), SEEDS[0], 4 * EPOCHS)
    plt.plot(range(1, 4 * EPOCHS + 1), history["val_accuracy"], label=f"{name} {rate}")
plt.xlabel("epoch")
plt.ylabel("validation accuracy")
plt.legend()
plt.show()

# %% [markdown]
# ## At the end, the test images
#
# Only the arm that the validation images chose is measured on them.

# %%
for seed in SEEDS:
    loss, test_accuracy = models[(*best, seed)].evaluate(x_test, y_test, verbose=0)
    print(f"{best}, seed {seed}: test accuracy {test_accuracy:.4f}")

# %% [markdown]
# What would you answer? Which optimizer would you choose, and how sure are you?

# %%
from asked import classlab, data

# %% [markdown]
# The same seven arms, with two seeds more; all are trained at once. The answer says which arms may be the best, how
# sure that is, also for other images, and how many seeds would tell more.

# %%
study = classlab.Study(
    "which-optimizer",
    data=data,
    model="linear",
    arms=[
        {"optimizer": "sgd", "learning_rate": [0.001, 0.01, 0.1]},
        {"optimizer": ["adam", "rmsprop"], "learning_rate": [0.001, 0.01]},
    ],
    epochs=EPOCHS,
    limit=LIMIT,
    seeds=5,
)
study.run(quiet=False)
