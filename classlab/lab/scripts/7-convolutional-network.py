# %% [markdown]
# # 7. A convolutional network
#
# A network that looks at neighboring pixels together. Each of its layers hands on what it found in the layer before.

# %%
from division import x_test, x_train, x_validation, y_test, y_train, y_validation
from opening import EPOCHS, LIMIT, SEED, asked_for, keras, np, plt, train_images

# %% [markdown]
# ## Images with a channel
#
# A convolution wants images as (height, width, channels), with pixels from 0 to 1.

# %%
# exercise: x_train = x_train.reshape(-1, *train_images.shape[1:], 1) / 255
# exercise: x_validation = x_validation.reshape(-1, *train_images.shape[1:], 1) / 255
# exercise: x_test = x_test.reshape(-1, *train_images.shape[1:], 1) / 255
### BEGIN SOLUTION
x_train = x_train.reshape(-1, *train_images.shape[1:], 1)
x_validation = x_validation.reshape(-1, *train_images.shape[1:], 1)
x_test = x_test.reshape(-1, *train_images.shape[1:], 1)
### END SOLUTION
print(x_train.shape)

# %% [markdown]
# ## The network
#
# Windows of 3 x 3 pixels look for 32, 64, 64 and 128 patterns; max pooling keeps the largest of 2 x 2 values.


# %%
def network():
    keras.utils.set_random_seed(SEED)
    layers = keras.layers
    # Your turn: Conv2D 32, Conv2D 64, MaxPooling2D, Conv2D 64, MaxPooling2D, Conv2D 128, all windows 3 x 3 with relu;
    # then Flatten, Dense 64 with relu, Dense 10 with softmax.
    # exercise: ends = [layers.Flatten(), layers.Dense(10, activation="softmax")]
    # exercise: return keras.Sequential([keras.Input(x_train.shape[1:]), *ends])
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input(x_train.shape[1:]),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(128, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    ### END SOLUTION


# %%
# Check
with asked_for("`network` must give back a model that takes the images."):
    network().summary()
    widths = [layer.filters for layer in network().layers if isinstance(layer, keras.layers.Conv2D)]
    assert widths == [32, 64, 64, 128], f"The convolutions must look for 32, 64, 64, 128 patterns, but have {widths}."
    assert network().output_shape == (None, 10), "The network must end in 10 numbers for each image."

# %% [markdown]
# ## A rehearsal
#
# What do you expect of the first epoch, after what a perceptron reached? Two epochs show whether a network learns at
# all, before you wait for more of them.


# %%
def trained(images, epochs):
    model = network()
    model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, model.fit(images, y_train, batch_size=128, epochs=epochs).history["loss"]


rehearsed, losses = trained(x_train, min(EPOCHS, 2))

# %%
# Check
with asked_for("`x_train` must be an array: the training images, each with its one channel."):
    assert np.ptp(x_train) == 1, (
        f"The loss ends at {losses[-1]:.4f}, and a network that says the same to every image has ln 10 = 2.3026. What "
        "this one is given is not what it should be. Run `classlab audit` on this notebook in a terminal: it names the "
        "line. Mend it, and run all cells again."
    )

# %% [markdown]
# ## Training

# %%
model = network()
model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, validation_data=(x_validation, y_validation), batch_size=128, epochs=EPOCHS)
plt.plot(range(1, EPOCHS + 1), history.history["loss"], label="training loss")
plt.axhline(np.log(10), color="gray", linestyle=":", label="always the same answer: ln 10")
plt.xlabel("epoch")
plt.legend()
plt.show()
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"test loss {loss:.4f}, test accuracy {accuracy:.4f}")

# %% [markdown]
# ## Before and after
#
# The same network once more on images as the first rehearsal had them. What of it is different behind the relus?

# %%
# Your turn: the training images as they were before you mended the line that the audit named.
# exercise: before = x_train
### BEGIN SOLUTION
before = x_train / 255  # classlab: ignore[A1] the mistake that this step looks at
### END SOLUTION

# %%
# Check
with asked_for("An array is asked for: `before`, the training images."):
    assert before.shape == x_train.shape, "The images must be those of `x_train`, each with its one channel."
    assert np.isclose(before.max(), 1 / 255), f"Their brightest pixel was 1/255, and is {before.max():.4f} in `before`."

# %%
mistaken, _ = trained(before, min(EPOCHS, 2))

# %% [markdown]
# ## What is left of the relus?
#
# A channel that is zero for every image passes nothing on, and no gradient comes back to it: it is dead.

# %%
for title, looked_at, images in (("mended", model, x_train[:200]), ("as before", mistaken, before[:200])):
    print(title)
    outputs = keras.Model(looked_at.inputs, [layer.output for layer in looked_at.layers]).predict(images, verbose=0)
    for layer, values in zip(looked_at.layers[:-1], outputs):
        if layer.name.startswith(("conv", "dense")):
            dead = (values.reshape(-1, values.shape[-1]) <= 0).all(axis=0).mean()
            print(f"  {layer.name:12} {100 * dead:5.1f} % of {values.shape[-1]} channels are dead")

# %%
from asked import classlab, data

# %% [markdown]
# classlab scales the pixels itself, once, and saves that with the model. `classlab.diagnose` says whether the run looks
# healthy, and why not.

# %%
run = classlab.fit(data, "cnn", optimizer="rmsprop", epochs=EPOCHS, limit=LIMIT, quiet=False)
print(classlab.diagnose(run))
run
