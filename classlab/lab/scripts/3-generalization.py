# %% [markdown]
# # 3. Did it generalize?
#
# Is a network as good on images that it has never seen as on those that it was trained on?

# %%
from division import x_test, x_train, y_test, y_train
from opening import EPOCHS, SEED, keras, np, plt

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
    error = np.sqrt(seen * (1 - seen) / len(x_train) + unseen * (1 - unseen) / len(x_test))
    gaps[f"{name} {rate}"] = (seen - unseen, error)
    print(f"{name:8} {rate:<6} training {seen:.4f} test {unseen:.4f} gap {seen - unseen:+.4f} +- {error:.4f}")

# %% [markdown]
# The gap is training accuracy minus test accuracy. Both are measured with the final weights: the training accuracy
# that Keras prints while it trains is an average over the epoch, in which the weights still change.
#
# A share `p` measured on `n` images has the standard error `sqrt(p (1 - p) / n)`. A gap of less than two standard
# errors may be chance.

# %%
plt.errorbar(
    [gap for gap, _ in gaps.values()], range(len(gaps)), xerr=[2 * error for _, error in gaps.values()], fmt="o"
)
plt.yticks(range(len(gaps)), list(gaps))
plt.axvline(0, color="gray")
plt.xlabel("training accuracy minus test accuracy (bars: two standard errors)")
plt.show()
