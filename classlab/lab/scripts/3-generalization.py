# %% [markdown]
# # 3. Did it generalize?
#
# Is a network as good on images that it has never seen as on those that it was trained on?

# %%
from division import x_test, x_train, y_test, y_train
from opening import EPOCHS, LIMIT, SEED, asked_for, keras, np, plt
# %% [markdown]
# ## The gap, and how much of it may be chance
#
# The gap is training accuracy minus test accuracy. Both are measured with the final weights: the training accuracy
# that Keras prints while it trains is an average over the epoch, in which the weights still change.
#
# A share `p` measured on `n` images has the standard error `sqrt(p (1 - p) / n)`; of a difference the squares of both
# errors add up. A gap of less than two standard errors may be chance.


# %%
def gap_and_error(seen, unseen, images_seen, images_unseen):
    # Your turn: the gap between two accuracies, and its standard error.
    # exercise: return None, None
    ### BEGIN SOLUTION
    error = np.sqrt(seen * (1 - seen) / images_seen + unseen * (1 - unseen) / images_unseen)
    return seen - unseen, error
    ### END SOLUTION


# %%
# Check
with asked_for("`gap_and_error` must give back two numbers."):
    gap, error = gap_and_error(0.9, 0.8, 400, 100)
    assert gap is not None, "Nothing is computed yet: fill the gap above."
    assert np.isclose(gap, 0.1), "Take the accuracy on training images minus that on test images."
    assert np.isclose(error, 0.0427, atol=1e-4), "For 90 % of 400 images and 80 % of 100 the error is 0.0427."

# %% [markdown]
# ## Accuracy on both kinds of images

# %%
ARMS = [("SGD", rate) for rate in (0.001, 0.01, 0.1)]
ARMS += [(name, rate) for name in ("Adam", "RMSprop") for rate in (0.001, 0.01)]
OPTIMIZERS = {"SGD": keras.optimizers.SGD, "Adam": keras.optimizers.Adam, "RMSprop": keras.optimizers.RMSprop}

gaps = {}
for name, rate in ARMS:
    keras.utils.set_random_seed(SEED)
    model = keras.Sequential(
        [keras.Input(x_train.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    )
    model.compile(
        optimizer=OPTIMIZERS[name](learning_rate=rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    model.fit(x_train, y_train, batch_size=128, epochs=EPOCHS, verbose=0)
    seen = model.evaluate(x_train, y_train, verbose=0)[1]
    unseen = model.evaluate(x_test, y_test, verbose=0)[1]
    gap, error = gap_and_error(seen, unseen, len(x_train), len(x_test))
    gaps[f"{name} {rate}"] = (gap, error)
    print(f"{name:8} {rate:<6} training {seen:.4f} test {unseen:.4f} gap {gap:+.4f} +- {error:.4f}")

# %%
plt.errorbar(
    [gap for gap, _ in gaps.values()], range(len(gaps)), xerr=[2 * error for _, error in gaps.values()], fmt="o"
)
plt.yticks(range(len(gaps)), list(gaps))
plt.axvline(0, color="gray")
plt.xlabel("training accuracy minus test accuracy (bars: two standard errors)")
plt.show()

# %%
from asked import classlab, data

# %% [markdown]
# The same seven arms with five seeds each: the column `gap` is training minus test accuracy, the mean over the seeds.

# %%
study = classlab.Study(
    "gaps",
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
