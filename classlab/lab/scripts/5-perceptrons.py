# %% [markdown]
# # 5. Three-layer perceptrons
#
# Two hidden layers before the last one: relu or sigmoid, Adam or SGD, each at Keras's defaults.

# %%
from division import x_test, x_train, y_test, y_train
from opening import EPOCHS, LIMIT, SEED, asked_for, keras, np, plt
# %% [markdown]
# ## Four combinations


# %%
def perceptron(activation, seed):
    keras.utils.set_random_seed(seed)
    # Your turn: flatten, Dense 128 and Dense 64 with the activation that was asked for, Dense 10 with softmax.
    # exercise: return keras.Sequential([keras.Input(x_train.shape[1:]), keras.layers.Flatten()])
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input(x_train.shape[1:]),
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation=activation),
            keras.layers.Dense(64, activation=activation),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    ### END SOLUTION


# %%
# Check
with asked_for("`perceptron` must give back a model."):
    dense = [layer for layer in perceptron("sigmoid", SEED).layers if isinstance(layer, keras.layers.Dense)]
    assert [layer.units for layer in dense] == [128, 64, 10], "Three Dense layers, of 128, 64 and 10 units."
    activations = [layer.activation.__name__ for layer in dense]
    assert activations == ["sigmoid", "sigmoid", "softmax"], f"Asked for sigmoid, the layers have {activations}."

# %% [markdown]
# ## Training


# %%
def kernels(model):
    return [weight for weight in model.get_weights() if weight.ndim == 2]


results, moved = {}, {}
for activation in ("relu", "sigmoid"):
    for optimizer in ("adam", "sgd"):
        model = perceptron(activation, SEED)
        model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
        before = kernels(model)
        model.fit(x_train, y_train, batch_size=128, epochs=1, verbose=0)
        pairs = zip(before, kernels(model))
        moved[activation, optimizer] = [np.linalg.norm(new - old) / np.linalg.norm(old) for old, new in pairs]
        if EPOCHS > 1:
            model.fit(x_train, y_train, batch_size=128, epochs=EPOCHS - 1, verbose=0)
        results[activation, optimizer] = (
            model.evaluate(x_train, y_train, verbose=0)[1],
            model.evaluate(x_test, y_test, verbose=0)[1],
        )

# %%
for (activation, optimizer), (train_accuracy, test_accuracy) in results.items():
    print(f"{activation:8} {optimizer:5} training {train_accuracy:.4f} test {test_accuracy:.4f}")

plt.barh([" ".join(arm) for arm in results], [seen for seen, _ in results.values()])
plt.xlabel("training accuracy")
plt.show()

# %% [markdown]
# ## Why does one of them barely learn?
#
# The derivative of the sigmoid is at most 1/4, and every layer on the way back multiplies the gradient by it. A step
# of SGD is proportional to the gradient; a step of Adam is not, because Adam divides the gradient by its own size. How
# far did the first layer of each network move in its first epoch?

# %%
for (activation, optimizer), shares in moved.items():
    print(f"{activation:8} {optimizer:5} moved by", "  ".join(f"{100 * share:6.2f} %" for share in shares))

# %%
from asked import classlab, data

# %% [markdown]
# The same four combinations with five seeds each. `classlab.diagnose` says of a run why it learns little, where its
# figures show that.

# %%
study = classlab.Study(
    "activations",
    data=data,
    model="mlp",
    activation=["relu", "sigmoid"],
    optimizer=["adam", "sgd"],
    epochs=EPOCHS,
    limit=LIMIT,
    seeds=5,
)
result = study.run(quiet=False)
print(classlab.diagnose(result.run("sigmoid, sgd", seed=0)))
result
