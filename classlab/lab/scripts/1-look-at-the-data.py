# %% [markdown]
# # 1. Look at the data
#
# Before anything is trained: how many images there are, what a pixel is, and what the images show.

# %%
from opening import LIMIT, SEED, class_names, np, plt, test_images, test_labels, train_images, train_labels

# %% [markdown]
# ## How many of each class

# %%
for name, in_training, in_test in zip(class_names, np.bincount(train_labels), np.bincount(test_labels)):
    print(f"{name:12} {in_training:6} training images {in_test:6} test images")

# %% [markdown]
# ## One image and its label


# %%
def show(image, title):
    plt.figure(figsize=(3, 3))
    plt.imshow(image, cmap="gray_r")
    plt.title(title)
    plt.axis("off")
    plt.show()


show(train_images[25], f"training image 25: {class_names[train_labels[25]]}")
position = min(500, len(test_images) - 1)
show(test_images[position], f"test image {position}: {class_names[test_labels[position]]}")

# %% [markdown]
# ## Twenty-five random training images

# %%
chosen = np.random.default_rng(SEED).choice(len(train_images), 25, replace=False)
figure, axes = plt.subplots(5, 5, figsize=(7, 8))
for axis, position in zip(axes.flat, chosen):
    axis.imshow(train_images[position], cmap="gray_r")
    axis.set_title(class_names[train_labels[position]], fontsize=9)
    axis.axis("off")
plt.show()

# %% [markdown]
# ## Scaling
#
# A network learns best from small numbers. Pixels go from 0 to 255; divided by 255 they go from 0 to 1, and twice that
# minus 1 goes from -1 to 1.

# %%
unit = train_images[:LIMIT].astype("float32") / 255
symmetric = 2 * unit - 1
print("as they are", train_images.min(), "to", train_images.max())
print("unit       ", unit.min(), "to", unit.max())
print("symmetric  ", symmetric.min(), "to", symmetric.max())
