# %% [markdown]
# # 7. A convolutional network
#
# A network that looks at neighboring pixels together. It is trained twice: with pixels from 0 to 1, and with pixels
# that were divided by 255 a second time by mistake.

# %%
from division import x_test, x_train, x_validation, y_test, y_train, y_validation
from opening import EPOCHS, SEED, keras, np

# %% [markdown]
# ## Images with a channel
#
# A convolution wants images as (height, width, channels).

# %%
x_train, x_validation, x_test = x_train[..., None], x_validation[..., None], x_test[..., None]
print(x_train.shape)

# %% [markdown]
# ## The network


# %%
def network():
    keras.utils.set_random_seed(SEED)
    layers = keras.layers
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


network().summary()

# %% [markdown]
# ## Trained with both scalings

# %%
trained = {}
for title, divisor in (("scaled once", 1), ("scaled twice", 255)):
    model = network()
    model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(
        x_train / divisor,  # classlab: ignore[A1] the second scaling is what this step shows
        y_train,
        validation_data=(x_validation / divisor, y_validation),
        batch_size=128,
        epochs=EPOCHS,
        verbose=0,
    )
    loss, accuracy = model.evaluate(x_test / divisor, y_test, verbose=0)
    trained[title] = (model, divisor)
    training_loss = history.history["loss"][-1]
    print(f"{title:13} training loss {training_loss:.4f} test loss {loss:.4f} test accuracy {accuracy:.4f}")
print(f"always saying the same: loss {np.log(10):.4f}")

# %% [markdown]
# ## What is left of the relus?
#
# A channel that is zero for every image passes nothing on, and no gradient comes back to it: it is dead. A network
# that always says the same has the loss ln 10 = 2.3026.

# %%
for title, (model, divisor) in trained.items():
    print(title)
    outputs = keras.Model(model.inputs, [layer.output for layer in model.layers]).predict(
        x_validation[:200] / divisor, verbose=0
    )
    for layer, values in zip(model.layers, outputs):
        if layer.name.startswith(("conv", "dense")) and layer is not model.layers[-1]:
            dead = (values.reshape(-1, values.shape[-1]) <= 0).all(axis=0).mean()
            print(f"  {layer.name:12} {100 * dead:5.1f} % of {values.shape[-1]} channels are dead")
