# %% [markdown]
# # 4. Predictions, seen
#
# What the network says about single images, where it is wrong, and what it mixes up.

# %%
from division import x_test, x_train, x_validation, y_test, y_train, y_validation
from opening import EPOCHS, LIMIT, SEED, asked_for, class_names, keras, np, plt
# %% [markdown]
# ## A network and its probabilities
#
# One row per test image, one column per class; each row adds up to 1.

# %%
keras.utils.set_random_seed(SEED)
model = keras.Sequential(
    [keras.Input(x_train.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, validation_data=(x_validation, y_validation), batch_size=128, epochs=EPOCHS)

probabilities = model.predict(x_test, verbose=0)
# Your turn: the class with the largest probability in each row.
# exercise: predicted = None
### BEGIN SOLUTION
predicted = probabilities.argmax(axis=1)
### END SOLUTION

# %%
# Check
with asked_for("An array is asked for: `predicted`, one class for each test image."):
    assert predicted is not None, "No class is chosen yet: fill the gap above."
    assert predicted.shape == y_test.shape, "There must be one class for each test image: along which axis?"
    assert (probabilities[np.arange(len(y_test)), predicted] == probabilities.max(axis=1)).all(), "Not the largest."

# %%
print(probabilities.shape, "accuracy", (predicted == y_test).mean())

# %% [markdown]
# ## One image beside its ten bars
#
# The predicted class is red and the true one blue; where they are the same, blue covers red. The caption is blue when
# the prediction is right.


# %%
def draw(position, picture, bars):
    said, true = predicted[position], y_test[position]
    picture.imshow(x_test[position], cmap="gray_r")
    picture.set_xticks([])
    picture.set_yticks([])
    caption = f"{class_names[said]} {100 * probabilities[position, said]:.0f}% ({class_names[true]})"
    picture.set_xlabel(caption, color="tab:blue" if said == true else "tab:red")
    columns = bars.bar(range(10), probabilities[position], color="lightgray")
    columns[said].set_color("tab:red")
    columns[true].set_color("tab:blue")
    bars.set_ylim(0, 1)
    bars.set_xticks(range(10))
    bars.set_yticks([])


position = min(500, len(x_test) - 1)
figure, (picture, bars) = plt.subplots(1, 2, figsize=(7, 3))
draw(position, picture, bars)
plt.show()

# %% [markdown]
# ## A grid of random test images

# %%
ROWS, COLUMNS = 4, 3
chosen = np.random.default_rng(SEED).choice(len(x_test), ROWS * COLUMNS, replace=False)
figure, axes = plt.subplots(ROWS, 2 * COLUMNS, figsize=(4 * COLUMNS, 2.4 * ROWS))
for place, position in enumerate(chosen):
    row, column = divmod(place, COLUMNS)
    draw(position, axes[row, 2 * column], axes[row, 2 * column + 1])
plt.tight_layout()
plt.show()

# %% [markdown]
# ## The most confident mistakes

# %%
wrong = np.flatnonzero(predicted != y_test)
confident = wrong[np.argsort(probabilities[wrong].max(axis=1))[::-1]][:6]
figure, axes = plt.subplots(2, 6, figsize=(14, 5), squeeze=False)
for place, position in enumerate(confident):
    draw(position, axes[0, place], axes[1, place])
plt.show()

# %% [markdown]
# ## The confusion matrix
#
# Rows are true classes, columns predicted ones.

# %%
# Your turn: count how often class `row` was taken for class `column`.
matrix = np.zeros((10, 10), int)
### BEGIN SOLUTION
np.add.at(matrix, (y_test, predicted), 1)
### END SOLUTION

# %%
# Check
with asked_for("An array is asked for: `matrix`, 10 x 10 counts."):
    assert matrix.sum() == len(y_test), "Each test image must be counted once."
    assert np.trace(matrix) == (predicted == y_test).sum(), "What is right must be on the diagonal."
    assert (matrix.sum(axis=1) == np.bincount(y_test, minlength=10)).all(), "Rows must be the true classes."

# %%
print("rows: true class, columns: predicted class")
print(matrix)

mixed_up = matrix - np.diag(np.diag(matrix))
for place in np.argsort(mixed_up, axis=None)[::-1][:5]:
    true, said = divmod(int(place), 10)
    print(f"{class_names[true]} taken for {class_names[said]}: {matrix[true, said]} of {matrix[true].sum()}")

# %%
from asked import classlab, data

# %% [markdown]
# A run keeps what it said about every test image. A heat map shows what a prediction rests on: red where covering the
# image lowers the score of the predicted class.

# %%
run = classlab.fit(data, "linear", learning_rate=0.01, epochs=EPOCHS, limit=LIMIT)
classlab.plot_occlusion(run.inside.occlusion(data.test.images[position]))
