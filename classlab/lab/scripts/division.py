"""The cells that set validation images aside and scale the pixels once."""

# %%
from opening import LIMIT, SEED, np, test_images, test_labels, train_images, train_labels

# %% [markdown]
# ## Training, validation, test
#
# Every tenth training image is set aside. Settings are chosen by these validation images; the test images are for the
# end, when everything is chosen.

# %%
order = np.random.default_rng(SEED).permutation(len(train_images))[:LIMIT]
held_out, kept = order[: len(order) // 10], order[len(order) // 10 :]

# The scaled images have names of their own, so that this cell can be run again.
x_train, y_train = train_images[kept].astype("float32") / 255, train_labels[kept]
x_validation, y_validation = train_images[held_out].astype("float32") / 255, train_labels[held_out]
x_test, y_test = test_images.astype("float32") / 255, test_labels
print(f"{len(x_train)} images to train on, {len(x_validation)} to choose by, {len(x_test)} for the end")
print("pixels from", x_train.min(), "to", x_train.max())
