# %% [markdown]
# # 6. The same program on other images
#
# Nothing changes but the images and the names of the classes. Then: which sizes do best?

# %%
from division import x_test, x_train, x_validation, y_test, y_train, y_validation
from opening import EPOCHS, LIMIT, SEED, asked_for, keras, plt
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
history = model.fit(x_train, y_train, validation_data=(x_validation, y_validation), batch_size=32, epochs=EPOCHS)
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
# Your turn: the row that you would choose, by the figure that is there to choose by.
# exercise: chosen = None
### BEGIN SOLUTION
chosen = max(rows, key=lambda row: row[5])
### END SOLUTION

# %%
# Check
with asked_for("One of the rows is asked for, as it stands in `rows`."):
    assert chosen is not None, "Nothing is chosen yet: fill the gap above."
    assert chosen[5] == max(row[5] for row in rows), "Choose by the validation images; the test images are for the end."

# %%
print(f"chosen: {chosen[0]}, {chosen[1]}, {chosen[3]}; its test accuracy is {chosen[6]:.4f}")
print("layer 1  layer 2  layer 3  activation  training  validation  test")
for first, second, third, activation, train_accuracy, validation_accuracy, test_accuracy in sorted(
    rows, key=lambda row: row[5], reverse=True
):
    print(
        f"{first:7}  {second:7}  {third:7}  {activation:10}  {train_accuracy:8.4f}  {validation_accuracy:10.4f}  "
        f"{test_accuracy:.4f}"
    )

# %%
from asked import classlab, data

# %% [markdown]
# The same twelve arms with five seeds each. More than one of them may be the best.

# %%
study = classlab.Study(
    "sizes",
    data=data,
    model="mlp",
    units=[(64, 32), (64, 64), (128, 32), (128, 64), (256, 32), (256, 64)],
    activation=["relu", "sigmoid"],
    epochs=max(1, EPOCHS // 2),
    limit=LIMIT,
    seeds=5,
)
study.run(quiet=False)
