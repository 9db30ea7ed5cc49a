# %% [markdown]
# # 6. The same program on other images
#
# Nothing changes but the images and the names of the classes. Then: which sizes do best?

# %%
from division import x_test, x_train, x_validation, y_test, y_train, y_validation
from opening import EPOCHS, SEED, keras, plt

# %% [markdown]
# ## The 128-64-10 network with RMSprop and batches of 32


# %%
def perceptron(first, second, activation):
    keras.utils.set_random_seed(SEED)
    return keras.Sequential(
        [
            keras.Input(x_train.shape[1:]),
            keras.layers.Flatten(),
            keras.layers.Dense(first, activation=activation),
            keras.layers.Dense(second, activation=activation),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )


model = perceptron(128, 64, "relu")
model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(
    x_train, y_train, validation_data=(x_validation, y_validation), batch_size=32, epochs=EPOCHS, verbose=0
)
print("training accuracy", history.history["accuracy"][-1])
print("test accuracy", model.evaluate(x_test, y_test, verbose=0)[1])

for name in ("accuracy", "val_accuracy"):
    plt.plot(range(1, EPOCHS + 1), history.history[name], label=name)
plt.xlabel("epoch")
plt.legend()
plt.show()

# %% [markdown]
# ## A search over sizes
#
# The sizes are chosen by the validation images. The best of several is flattered by that: expect it to do a little
# worse on the test images.

# %%
rows = []
for activation in ("relu", "sigmoid"):
    for first in (64, 128, 256):
        for second in (32, 64):
            model = perceptron(first, second, activation)
            model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
            model.fit(x_train, y_train, batch_size=128, epochs=max(1, EPOCHS // 2), verbose=0)
            measured = [
                model.evaluate(images, labels, verbose=0)[1]
                for images, labels in ((x_train, y_train), (x_validation, y_validation), (x_test, y_test))
            ]
            rows.append((first, second, 10, activation, *measured))

# %%
print("layer 1  layer 2  layer 3  activation  training  validation  test")
for first, second, third, activation, train_accuracy, validation_accuracy, test_accuracy in sorted(
    rows, key=lambda row: row[5], reverse=True
):
    print(
        f"{first:7}  {second:7}  {third:7}  {activation:10}  {train_accuracy:8.4f}  {validation_accuracy:10.4f}  "
        f"{test_accuracy:.4f}"
    )
